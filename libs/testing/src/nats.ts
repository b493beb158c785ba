import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

export type NatsServer = AsyncDisposable & {
  /** `nats://127.0.0.1:<port>`; the port stays the same over restarts. */
  readonly url: string;
  readonly port: number;
  /** Ends the server in good order (SIGTERM) and waits until it is gone. The data stay. */
  stop(): Promise<void>;
  /** Ends the server as a crash would (SIGKILL) and waits until it is gone. The data stay. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data; stops it first if it runs. Resolves when it takes clients. */
  restart(): Promise<void>;
};

export type NatsOptions = {
  /** Lines of nats-server's own configuration, for example `max_payload: 64KB` or an `authorization` block. */
  config?: string;
};

/**
 * A real nats-server with JetStream for one test: the program named by $NATS_SERVER, else `nats-server` of the PATH,
 * on a free port of 127.0.0.1, its store in a fresh temporary folder that disposal removes.
 */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'longwire-nats-'));
  const configFile = join(folder, 'nats.conf');
  await writeFile(configFile, options.config ?? '');

  let { child, port } = await launch(configFile, folder, await freePort());

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (hasExited(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      ({ child, port } = await launch(configFile, folder, port));
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(configFile: string, folder: string, port: number) {
  const program = process.env['NATS_SERVER'] ?? 'nats-server';
  const child = spawn(program, ['-c', configFile, '-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  endWithThisProcess(child, folder);
  return { child, port: await listeningPort(child, program) };
}

/**
 * A test runner may be killed, and then nothing here runs any more: a shell waits on a pipe from this process, whose end
 * it sees whatever happens, and ends the server and its data.
 */
function endWithThisProcess(child: ChildProcess, folder: string): void {
  if (child.pid === undefined) return;
  const script = 'read -r _; kill -9 "$0"; rm -rf "$1"';
  const watchdog = spawn('sh', ['-c', script, `${child.pid}`, folder], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

/** Reads the server's log up to "Server is ready", which comes after JetStream has recovered its streams. */
function listeningPort(child: ChildProcess & { stderr: NodeJS.ReadableStream }, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    let port = 0;
    child.once('error', (cause) => reject(new Error(`cannot start ${program}; set NATS_SERVER`, { cause })));
    child.once('exit', () => reject(new Error(`${program} ended before it was ready:\n${seen.join('\n')}`)));
    // Kept reading after readiness too: a full pipe would stop the server.
    createInterface(child.stderr).on('line', (line) => {
      if (seen.length < 100) seen.push(line);
      port = Number(/Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? port);
      if (line.includes('Server is ready')) resolve(port);
    });
  });
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
