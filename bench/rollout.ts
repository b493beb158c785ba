import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { writeBetweenMarkers } from './edge/table.ts';
import { aboutMachine } from './machine.ts';
import { nameOf, startWorld } from './rollout/world.ts';
import type { World } from './rollout/world.ts';

const USAGE = `npm run bench -- rollout [--domains N] [--changes N] [--edges N]
Measures how soon a change of a domain is in force on every edge, and writes the table into bench/README.md.
With other numbers than the usual ones the table is printed only.`;

const usual = { domains: 10_000, changes: 1_000, edges: 4 };
const { values: options } = parseArgs({
  options: {
    domains: { type: 'string', default: String(usual.domains) },
    changes: { type: 'string', default: String(usual.changes) },
    edges: { type: 'string', default: String(usual.edges) },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(USAGE);
else await main(Number(options.domains), Number(options.changes), Number(options.edges));

/** Milliseconds: how long the call took, and from its answer (from its start) until the first and the last edge obeyed. */
type Measured = { call: number; first: number; last: number; whole: number };

async function main(domainCount: number, changeCount: number, edgeCount: number): Promise<void> {
  const others = loadavg()[0] ?? Number.NaN;
  await using world = await startWorld(domainCount, edgeCount);
  console.log(`${edgeCount} edges run ${domainCount} domains after ${(world.filledMs / 1000).toFixed(1)} s`);
  const alone: Measured[] = [];
  for (let index = 0; index < changeCount; index++) alone.push(await disable(world, nameOf(index)));
  const together: Measured[] = [];
  const atOnce = 20;
  for (let index = changeCount; index + atOnce <= Math.min(2 * changeCount, domainCount); index += atOnce) {
    const names = Array.from({ length: atOnce }, (_, at) => nameOf(index + at));
    together.push(...(await Promise.all(names.map((name) => disable(world, name)))));
  }
  const text = [
    table({ 'one after the other': alone, [`${atOnce} at once`]: together }),
    `${await aboutMachine()} · Node ${process.versions.node}, ${domainCount} domains, ${edgeCount} edges; from their start until every edge ran every domain ${(world.filledMs / 1000).toFixed(1)} s; load average of the machine before: ${others.toFixed(1)}.`,
  ].join('\n\n');
  console.log(text);
  const isUsual = domainCount === usual.domains && changeCount === usual.changes && edgeCount === usual.edges;
  if (isUsual) await writeBetweenMarkers(join(import.meta.dirname, 'README.md'), 'rollout', text);
}

/** Disables a domain that has a live connection on each edge: an edge that has the change closes it. */
async function disable({ domains, edgePorts }: World, domainName: string): Promise<Measured> {
  const sockets = await Promise.all(edgePorts.map((port) => open(port, domainName)));
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close').then(() => performance.now())));
  const start = performance.now();
  await domains.disableWebSocket({ domainName });
  const answer = performance.now();
  const ends = await closed;
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  return {
    call: answer - start,
    first: Math.max(0, first - answer),
    last: Math.max(0, last - answer),
    whole: last - start,
  };
}

async function open(port: number, domainName: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: domainName }, perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

function table(runs: Record<string, Measured[]>): string {
  const columns: [keyof Measured, string][] = [
    ['call', 'the call'],
    ['first', 'from its answer to the first edge'],
    ['last', 'from its answer to the last edge'],
    ['whole', 'from its start to the last edge'],
  ];
  const lines = Object.entries(runs).flatMap(([name, run]) =>
    columns.map(([column, what]) => {
      const sorted = run.map((one) => one[column]).toSorted((one, other) => one - other);
      const figures = [0.5, 0.99, 1].map((part) =>
        (sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN).toFixed(1),
      );
      return `| ${name}, ${run.length} changes: ${what} | ${figures.join(' | ')} |`;
    }),
  );
  return ['| milliseconds | p50 | p99 | longest |', '| --- | --: | --: | --: |', ...lines].join('\n');
}
