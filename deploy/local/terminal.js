/** @import { Part, PartEvent } from './supervisor/part.js' */

/**
 * Shows what happens to parts, a line each.
 * @param {Part[]} parts
 * @returns {(event: PartEvent) => void}
 */
export function partReporter(parts) {
  // A closed terminal must not end the suite half-way through its stop.
  process.stdout.on('error', () => undefined);
  const width = (/** @type {(part: Part) => string | undefined} */ of) =>
    Math.max(...parts.map((part) => of(part)?.length ?? 0));
  const [name, what, address] = [width((part) => part.name), width((part) => part.what), width((part) => part.address)];

  return (event) => {
    const { part } = event;
    switch (event.type) {
      case 'ready': {
        const columns = [part.name.padEnd(name), part.what.padEnd(what), (part.address ?? '').padEnd(address)];
        return console.log(`  ${columns.join('   ')}   ${event.seconds.toFixed(1)} s${event.again ? ', again' : ''}`);
      }
      case 'said':
        return console.log(`  ${part.name.padEnd(name)}   ${event.line}`);
      case 'died':
        return console.log(
          `  ${part.name.padEnd(name)}   ended with ${event.how}; starts again in ${event.restartSeconds} s`,
        );
      case 'keeps dying':
        return console.log(`  ${part.name} ${event.why}; it is tried on. The end of ${event.logFile}:\n${event.log}`);
      case 'killed':
        return console.log(
          `  ${part.name.padEnd(name)}   had not stopped after ${event.afterSeconds} s and was killed`,
        );
    }
  };
}

/**
 * Says what to open and try, once everything runs.
 * @param {object} started
 * @param {{ console: string, edge: string, inbox: string }} started.addresses
 * @param {{ name: string, role: string, email: string, password: string }[]} started.signIns
 * @param {number} started.seconds
 * @param {string} started.logs
 * @param {boolean} started.demo whether the domain of the scripted customer is there
 */
export function showWayIn({ addresses, signIns, seconds, logs, demo }) {
  const people = signIns.map(
    ({ name, role, email, password }) => `${email.padEnd(18)}   ${password}   ${name}, ${role}`,
  );
  const tryIt = demo ? `\n  Try       npx -y wscat -c ${addresses.edge}/echo --host live.acme.localhost` : '';
  console.log(`
All healthy after ${seconds.toFixed(1)} s.

  Console   ${addresses.console}
            ${people.join('\n            ')}
  Inbox     ${addresses.inbox}   the emails and SMS that were sent${tryIt}
  Logs      ${logs}

Ctrl-C stops.
`);
}
