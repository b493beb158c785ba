import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export type ServiceProcess = AsyncDisposable & {
  grpcAddress: string;
  pid: number | undefined;
  /** Ends it as a crash would, at once; `ended` resolves when it is gone. */
  kill: () => void;
  ended: Promise<unknown>;
  /** All that it has said. */
  output: () => string;
};

/** The service as a process of its own, which serves when this resolves. It says where it listens in its log. */
export async function startProcess(env: Record<string, string>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let output = '';
  const started = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const address = /"grpc":"([^"]+)"/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
    void ended.then(() => reject(new Error(`it ended before it served:\n${output}`)));
  });
  const kill = () => void child.kill('SIGKILL');
  return {
    grpcAddress: await started,
    pid: child.pid,
    kill,
    ended,
    output: () => output,
    async [Symbol.asyncDispose]() {
      kill();
      await ended;
    },
  };
}
