import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Addresses = {
  grpcAddress: string;
  adminAddress: string;
  /** Empty when it takes none. */ receiptsAddress: string;
};

export type Process = AsyncDisposable &
  Addresses & {
    /** Every line it wrote. */
    output: string[];
    /** SIGTERM; resolves with the exit code. */
    stop(): Promise<number | null>;
    /** SIGKILL, as a crash. */
    kill(): Promise<void>;
  };

/** The notifier as it is run: a process of its own, told by its environment alone. */
export async function startProcess(env: Record<string, string>): Promise<Process> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: { ...env, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const output: string[] = [];
  const addresses = await new Promise<Addresses>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        output.push(line);
        const [, grpcAddress, adminAddress, receiptsAddress = ''] =
          /"grpc":"([^"]+)","admin":"([^"]+)"(?:,"receipts":"([^"]+)")?/.exec(line) ?? [];
        if (grpcAddress && adminAddress) resolve({ grpcAddress, adminAddress, receiptsAddress });
      });
    }
    child.once('exit', () => reject(new Error(`the notifier ended:\n${output.join('\n')}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    ...addresses,
    output,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL').then(() => {}),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
    },
  };
}
