import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@longwire/testing';

export type ServiceProcess = AsyncDisposable & {
  pid: number;
  grpcAddress: string;
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Resolves with true when it serves, with false when it has ended instead. */
  ready(): Promise<boolean>;
};

/** The service as a process of its own. */
export async function startServiceProcess(env: Record<string, string>): Promise<ServiceProcess> {
  const [grpcPort, adminPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'fatal',
      ...env,
      GRPC_LISTEN: `127.0.0.1:${grpcPort}`,
      ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    },
    // The channel ends it with this process, however this process ends.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const isReady = () =>
    fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    grpcAddress: `127.0.0.1:${grpcPort}`,
    kill,
    async ready() {
      while (!hasEnded()) {
        if (await isReady()) return true;
        await sleep(20); // until it says so
      }
      return false;
    },
    [Symbol.asyncDispose]: kill,
  };
}
