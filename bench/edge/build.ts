import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sources = join(import.meta.dirname, '../load');

/** The programs that stand before and behind a proxy. */
export interface Programs {
  readonly load: string;
  readonly origin: string;
  /** Whether the load speaks TLS; for that OpenSSL's headers must be there. */
  readonly hasTls: boolean;
}

/** Compiles them with the machine's C compiler. @throws Error that says what to install when there is none */
export async function buildPrograms(): Promise<Programs> {
  const folder = join(import.meta.dirname, '../../.cache/bench');
  await mkdir(folder, { recursive: true });
  const [load, origin] = [join(folder, 'load'), join(folder, 'origin')];
  try {
    await compile('origin.c', origin);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new Error('The benchmark compiles its load generator: install a C compiler that answers to cc.', { cause });
  }
  const hasTls = await compile('load.c', load, '-DWITH_TLS', '-lssl', '-lcrypto').then(
    () => true,
    () => false,
  );
  if (!hasTls) await compile('load.c', load);
  return { load, origin, hasTls };
}

async function compile(source: string, program: string, ...flags: string[]): Promise<void> {
  await run('cc', ['-O2', '-Wall', '-Wextra', '-o', program, join(sources, source), ...flags]);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
