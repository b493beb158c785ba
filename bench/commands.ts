import { readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCommands } from './commands/commands.ts';
import type { CommandRow } from './commands/commands.ts';
import { measureRebuild } from './commands/rebuild.ts';
import type { Rebuild } from './commands/rebuild.ts';
import { writeBetweenMarkers } from './edge/table.ts';

const USAGE = `npm run bench -- commands [--quick]
Measures the activation service, a process of its own with a real nats-server: its commands over gRPC, and how fast it reads
its log at the start. Writes the table into bench/README.md.
  --quick   short runs and 100,000 events; the table is printed only`;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (options.help) console.log(USAGE);
else await main(options.quick);

async function main(isQuick: boolean): Promise<void> {
  const load = loadavg()[0] ?? Number.NaN;
  const commands = await measureCommands(isQuick ? 2 : 10);
  const rebuild = await measureRebuild(isQuick ? 100_000 : 1_000_000);
  const text = `${commandTable(commands)}\n\n${rebuildTable(rebuild)}\n\n${await about(load)}`;
  console.log(text);
  if (!isQuick) await writeBetweenMarkers(join(import.meta.dirname, 'README.md'), 'commands', text);
}

function commandTable(rows: CommandRow[]): string {
  const lines = rows.map(({ name, atOnce, perSecond, p50Ms, p99Ms }) =>
    [name, atOnce, Math.round(perSecond), p50Ms.toFixed(1), p99Ms.toFixed(1)].join(' | '),
  );
  return table(['command', 'at once', 'per second', 'p50 ms', 'p99 ms'], lines);
}

function rebuildTable({ events, accounts, seconds, cpuSeconds, megabytes }: Rebuild): string {
  const line = [
    `${events.toLocaleString('en')} events of ${accounts.toLocaleString('en')} accounts`,
    seconds.toFixed(1),
    cpuSeconds.toFixed(1),
    Math.round(events / seconds).toLocaleString('en'),
    Math.round(megabytes),
  ].join(' | ');
  return table(
    [
      'from the start of the process until it serves',
      'seconds',
      'of processor time',
      'events per second',
      'MB of memory',
    ],
    [line],
  );
}

function table(head: string[], lines: string[]): string {
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:')).join(' | ');
  return [head.join(' | '), rule, ...lines].map((line) => `| ${line} |`).join('\n');
}

/** @param load what else the machine had to do when this began (the load average of a minute) */
async function about(load: number): Promise<string> {
  const system = /PRETTY_NAME="(.*)"/.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1] ?? 'Linux';
  const machine = `${cpus().length} cores ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date} · ${machine} · ${system}, Linux ${release()} · Node ${process.versions.node}, all of it on one machine, whose load was ${load.toFixed(1)} before.`;
}
