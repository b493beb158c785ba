import type { Programs } from './build.ts';
import { cpuTime, launch, linesOf, residentMemory } from './processes.ts';
import type { Proxy } from './proxies.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one run of one proxy gave. */
export interface Measured {
  /** The proxy's user and system time per message or handshake, in microseconds. */
  readonly cpu: number;
  readonly perSecond: number;
  /** Latencies, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export type Scenario = { readonly name: string; readonly isTls: boolean } & (
  | { readonly kind: 'echo'; readonly connections: number; readonly size: number; readonly depth: number }
  | { readonly kind: 'handshake'; readonly parallel: number }
);

/** Runs a scenario against a proxy, for so many seconds. */
export function measure(scenario: Scenario, proxy: Proxy, { load }: Programs, seconds: number): Promise<Measured> {
  const where = [scenario.isTls ? proxy.tlsPort : proxy.port, scenario.isTls ? 1 : 0];
  if (scenario.kind === 'handshake') {
    return measureHandshakes(proxy, [load, 'hands', ...where, scenario.parallel, seconds].map(String));
  }
  const { connections, size, depth } = scenario;
  return measureEcho(proxy, [load, 'echo', ...where, connections, size, depth, seconds].map(String));
}

async function measureEcho(proxy: Proxy, command: readonly string[]): Promise<Measured> {
  await using program = launch('others', command, { output: 'read' });
  const nextLine = linesOf(program);
  await nextLine(); // all connections are open
  const before = await cpuTime(proxy.pid);
  program.child.stdin?.write('\n');
  const result = readResult(await nextLine());
  const after = await cpuTime(proxy.pid);
  program.child.stdin?.end();
  return measuredOf(result, after - before);
}

async function measureHandshakes(proxy: Proxy, command: readonly string[]): Promise<Measured> {
  const before = await cpuTime(proxy.pid);
  await using program = launch('others', command, { output: 'read' });
  const result = readResult(await linesOf(program)());
  return measuredOf(result, (await cpuTime(proxy.pid)) - before);
}

/** Resident memory that each of so many open tunnels costs a proxy, in bytes. */
export async function measureIdle(proxy: Proxy, { load }: Programs, connections: number): Promise<number> {
  const before = await residentMemory(proxy.pid);
  const command = [load, 'idle', proxy.port, 0, connections].map(String);
  await using program = launch('others', command, { output: 'read' });
  await linesOf(program)();
  await sleep(3_000); // what the handshakes left behind may be collected
  const after = await residentMemory(proxy.pid);
  program.child.stdin?.end();
  return (after - before) / connections;
}

interface Result {
  readonly messages?: number;
  readonly handshakes?: number;
  readonly lost: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

function readResult(line: string): Result {
  const result: Result = JSON.parse(line);
  if (result.lost > 0) throw new Error(`${result.lost} connections were lost: ${line}`);
  return result;
}

function measuredOf({ messages, handshakes, perSecond, p50, p99 }: Result, cpu: number): Measured {
  const count = messages ?? handshakes ?? 0;
  if (count === 0) throw new Error('nothing came through');
  return { cpu: cpu / count, perSecond, p50: p50 / 1000, p99: p99 / 1000 };
}
