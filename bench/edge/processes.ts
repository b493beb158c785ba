import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** The core of the proxy that is measured; load, origin and the rest share the others. */
const PROXY_CORE = '0';
const OTHER_CORES = `1-${availableParallelism() - 1}`;

const MICROS_PER_TICK = 10_000; // USER_HZ is 100 on every Linux that Node supports

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
}

/** Starts a program on the proxy's core or on the others; disposing ends it. */
export function launch(where: 'proxy' | 'others', command: readonly string[], options: LaunchOptions = {}): Program {
  const { env = process.env, output = 'ignore' } = options;
  const cores = where === 'proxy' ? PROXY_CORE : OTHER_CORES;
  const stdio: StdioOptions = ['pipe', output === 'read' ? 'pipe' : output, output === 'read' ? 'inherit' : output];
  const child = spawn('taskset', ['-c', cores, ...command], { env, stdio });
  const exited = once(child, 'exit');
  return {
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

interface LaunchOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** `read`: through `linesOf`; a number: a file that is open. */
  readonly output?: 'read' | 'ignore' | number;
}

/** The lines that a program prints, one for each call. */
export function linesOf({ child }: Program): () => Promise<string> {
  if (!child.stdout) throw new Error('its output is not read');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    if (line.done) throw new Error(`${child.spawnargs.slice(3).join(' ')} ended before it was done`);
    return line.value;
  };
}

/** User and system time of a process and all its descendants so far, in microseconds. */
export async function cpuTime(pid: number): Promise<number> {
  const ticks = await Promise.all((await treeOf(pid)).map(ticksOf));
  return ticks.reduce((sum, each) => sum + each, 0) * MICROS_PER_TICK;
}

/** Resident memory of a process and all its descendants, in bytes. */
export async function residentMemory(pid: number): Promise<number> {
  const sizes = await Promise.all((await treeOf(pid)).map(residentOf));
  return sizes.reduce((sum, each) => sum + each, 0);
}

async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces
  return Number(user) + Number(system);
}

async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

async function treeOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(treeOf));
  return [pid, ...below.flat()];
}
