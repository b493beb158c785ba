import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from '@longwire/testing';

export type Line = Record<string, unknown> & { msg: string };

export interface EdgeProcess extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** The log so far. */
  readonly lines: Line[];
  readonly errors: string[];
  /** Where /readyz and /metrics are. */
  readonly admin: string;
  /** Waits for lines that satisfy the condition, so many of them. */
  until(condition: (line: Line) => boolean, count?: number): Promise<Line[]>;
}

/** An edge as a process of its own, without a control plane unless told of one; resolves when it has started or ended. */
export async function startEdgeProcess(environment: NodeJS.ProcessEnv): Promise<EdgeProcess> {
  const admin = `127.0.0.1:${await freePort()}`;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ADMIN_LISTEN: admin,
      ORIGIN_ALLOW: '127.0.0.0/8',
      NATS_URL: `nats://127.0.0.1:${await freePort()}`,
      EDGE_DRAIN_ACCEPT_MS: '0',
      EDGE_DRAIN_SPREAD_MS: '0',
      EDGE_DRAIN_DEADLINE_MS: '5000',
      ...environment,
    },
  });
  const lines: Line[] = [];
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  const changes = new EventTarget();
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
    const whole = text.split('\n');
    text = whole.pop() ?? '';
    for (const line of whole) lines.push(JSON.parse(line));
    changes.dispatchEvent(new Event('change'));
  });
  child.once('close', () => changes.dispatchEvent(new Event('change')));
  const change = () => new Promise((resolve) => changes.addEventListener('change', resolve, { once: true }));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  while (!lines.some(({ msg }) => msg === 'started') && !hasEnded()) await change();
  return {
    child,
    lines,
    errors,
    admin: `http://${admin}`,
    async until(condition, count = 1) {
      for (;;) {
        const found = lines.filter(condition);
        if (found.length >= count) return found;
        await change();
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
    },
  };
}
