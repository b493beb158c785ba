import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

export type ClickHouse = AsyncDisposable & {
  /** `http://user:password@127.0.0.1:<port>/longwire`, as @clickhouse/client takes it; the port stays the same over restarts. */
  readonly url: string;
  /** Ends it in good order (SIGTERM) and waits until it is gone. The data stay. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL) and waits until it is gone. The data stay. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data; stops it first if it runs. Resolves when it takes queries. */
  restart(): Promise<void>;
};

const program = fileURLToPath(new URL('../../../deploy/local/clickhouse/main.ts', import.meta.url));

/**
 * The ClickHouse engine behind ClickHouse's HTTP interface, in a process of its own on a free port of 127.0.0.1, with an
 * empty database `longwire` in a fresh temporary folder that disposal removes. Ready in about half a second.
 */
export async function startClickHouse(): Promise<ClickHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'longwire-clickhouse-'));
  let { child, address } = await launch(folder, `127.0.0.1:${await freePort()}`);

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  return {
    url: `http://tester:secret@${address}/longwire`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      ({ child, address } = await launch(folder, address));
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, listen: string): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      CLICKHOUSE_LISTEN: listen,
      CLICKHOUSE_DATA_DIR: folder,
      CLICKHOUSE_USER: 'tester',
      CLICKHOUSE_PASSWORD: 'secret',
      CLICKHOUSE_DATABASE: 'longwire',
    },
    // The channel ends the server with this process, however this process ends.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  return { child, address: await listeningAddress(child) };
}

function listeningAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ClickHouse ended with ${code} before it was ready`)));
    if (!child.stdout) return reject(new Error('no standard output to read'));
    // Kept reading after readiness too: a full pipe would stop the server.
    createInterface(child.stdout).on('line', (line) => {
      const [, address] = /"address":"([^"]+)"/.exec(line) ?? [];
      if (address) resolve(address);
    });
  });
}
