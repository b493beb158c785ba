import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { Measured } from './measure.ts';
import type { ProxyName } from './proxies.ts';

export type Peers = readonly Exclude<ProxyName, 'edge'>[];

/** What a scenario gave, round by round. */
export interface Row {
  readonly name: string;
  readonly rounds: readonly ReadonlyMap<ProxyName, Measured>[];
}

export interface IdleRow {
  readonly connections: number;
  /** Bytes per connection. */
  readonly bytes: ReadonlyMap<ProxyName, number>;
}

/** The results as Markdown: medians over the rounds, and the median of the rounds' own ratios to each peer. */
export function table(rows: readonly Row[], idle: IdleRow | undefined, peers: Peers): string {
  const names: ProxyName[] = ['edge', ...peers];
  const head = ['', ...names, ...peers.map((peer) => `edge : ${peer}`), 'p50 ms', 'p99 ms'];
  const lines = rows.map(({ name, rounds }) => [
    name,
    ...names.map((proxy) => fixed(median(of(rounds, proxy, 'cpu')))),
    ...peers.map((peer) => fixed(median(ratios(rounds, peer)), 2)),
    names.map((proxy) => fixed(median(of(rounds, proxy, 'p50')), 2)).join(' / '),
    names.map((proxy) => fixed(median(of(rounds, proxy, 'p99')), 2)).join(' / '),
  ]);
  const memory = idle ? [memoryLine(idle, names, peers)] : [];
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'));
  return [head, rule, ...lines, ...memory].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function memoryLine({ connections, bytes }: IdleRow, names: readonly ProxyName[], peers: Peers): string[] {
  const kilobytes = (proxy: ProxyName) => (bytes.get(proxy) ?? Number.NaN) / 1024;
  return [
    `kB of memory per idle tunnel, ${connections} open`,
    ...names.map((proxy) => fixed(kilobytes(proxy))),
    ...peers.map((peer) => fixed(kilobytes('edge') / kilobytes(peer), 2)),
    '',
    '',
  ];
}

/** Puts a text between the markers of a file, in place of what is there. */
export async function writeBetweenMarkers(path: string, marker: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${marker}: begin -->`, `<!-- ${marker}: end -->`];
  const whole = await readFile(path, 'utf8');
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} lacks the markers of ${marker}`);
  const changed = `${whole.slice(0, from + begin.length)}\n\n${text}\n\n${whole.slice(to)}`;
  await writeFile(path, await format(changed, { ...(await resolveConfig(path)), filepath: path }));
}

function of(rounds: Row['rounds'], proxy: ProxyName, what: keyof Measured): number[] {
  return rounds.map((round) => round.get(proxy)?.[what] ?? Number.NaN);
}

function ratios(rounds: Row['rounds'], peer: ProxyName): number[] {
  return rounds.map((round) => (round.get('edge')?.cpu ?? Number.NaN) / (round.get(peer)?.cpu ?? Number.NaN));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function fixed(value: number, digits = 1): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits);
}
