#!/usr/bin/env node
// The entry of every npm script. It asks for Node's age before anything that an older Node could not load.
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    `Longwire needs Node 20 or newer to start, this is ${process.version}: install it from https://nodejs.org.`,
  );
  process.exit(1);
}
const { main } = await import('./cli.js');
process.exitCode = await main(process.argv.slice(2));
