import { OwnershipState } from '@longwire/contracts/connect/config/v1/domain';
import type { Domain } from '@longwire/contracts/connect/config/v1/domain';
import { domainService } from '../api.ts';
import { useSession } from '../session.tsx';
import { useDomainWrite, useMayChange } from '../use-domain-write.ts';
import { Badge } from './badge.tsx';
import { Command } from './command.tsx';
import { ProblemNote } from './problem.tsx';

export function isUnproven({ ownership }: Domain): boolean {
  return ownership?.state === OwnershipState.UNPROVEN;
}

/** How it is known that the domain is the account's; until it is, what to do about it. */
export function Ownership({ domain }: { domain: Domain }) {
  return (
    <section className="card" aria-labelledby="ownership">
      <div className="card-head">
        <h2 id="ownership">Ownership</h2>
        <Badge tone={isUnproven(domain) ? 'wait' : 'good'}>{isUnproven(domain) ? 'Not proven' : 'Proven'}</Badge>
      </div>
      {isUnproven(domain) ? <Proof domain={domain} /> : <p className="muted">{howOf(domain)}</p>}
    </section>
  );
}

function howOf({ ownership }: Domain): string {
  switch (ownership?.state) {
    case OwnershipState.VERIFIED:
      return `By the DNS record ${ownership.recordName}.`;
    case OwnershipState.CONFIRMED:
      return 'A reviewer has confirmed it.';
    default:
      return 'The domain was added before proof was asked for.';
  }
}

function Proof({ domain: { domainName, accountId, etag, ownership } }: { domain: Domain }) {
  const mayChange = useMayChange();
  const { roles } = useSession();
  const verify = useDomainWrite((_: void, requestId) => domainService.verifyOwnership({ domainName, requestId }));
  const confirm = useDomainWrite((_: void, requestId) =>
    domainService.confirmOwnership({ domainName, etag, requestId }),
  );
  return (
    <>
      <p>
        Publish this record in the DNS of the domain, then verify it. Until then no edge serves the domain, and whoever
        proves it takes it over.
      </p>
      <dl className="facts record">
        <dt>Type</dt>
        <dd>TXT</dd>
        <dt>Name</dt>
        <dd>
          <Command label="Name of the DNS record" text={ownership?.recordName ?? ''} />
        </dd>
        <dt>Value</dt>
        <dd>
          <Command label="Value of the DNS record" text={ownership?.recordValue ?? ''} />
        </dd>
      </dl>
      <div className="actions">
        {mayChange && (
          <button className="button button-main" type="button" disabled={verify.isRunning} onClick={() => verify.run()}>
            Verify
          </button>
        )}
        {roles.includes('reviewer') && (
          <button className="button" type="button" disabled={confirm.isRunning} onClick={() => confirm.run()}>
            Confirm that it is the domain of {accountId}
          </button>
        )}
      </div>
      <ProblemNote problem={verify.problem ?? confirm.problem} />
    </>
  );
}
