#!/bin/sh
# Makes libs/contracts/gen from proto/: run from the repository's root after changing a contract.
set -e
buf generate
buf build proto --output libs/contracts/gen/longwire.binpb
