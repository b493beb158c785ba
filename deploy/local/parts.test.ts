import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-parts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const listen = '127.0.0.1:0';
const environments: Record<string, () => NodeJS.ProcessEnv> = {
  clickhouse: () => ({ CLICKHOUSE_LISTEN: listen, CLICKHOUSE_DATA_DIR: folder, CLICKHOUSE_PASSWORD: 'secret' }),
  inbox: () => ({
    INBOX_HTTP_LISTEN: listen,
    INBOX_SMTP_LISTEN: listen,
    INBOX_STATE_DIR: folder,
    SMS_SECRET: 'secret',
  }),
  origin: () => ({ ORIGIN_LISTEN: listen }),
  issuer: () => ({
    ISSUER_LISTEN: listen,
    ISSUER_URL: 'http://127.0.0.1:4605',
    ISSUER_STATE_DIR: folder,
    ISSUER_CLIENT_SECRET: 'secret',
    ISSUER_REDIRECT_URI: 'http://127.0.0.1:4600/callback',
  }),
};

function launch(part: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(import.meta.dirname, part, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  if (!child.stdout || !child.stderr) throw new Error('no pipes');
  return { child, output: createInterface(child.stdout), errors: createInterface(child.stderr) };
}

const exitCode = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

describe.each(Object.keys(environments))('%s', (part) => {
  test.each(['its parent goes away', 'SIGTERM'])('stops in good order when: %s', async (reason) => {
    const { child, output } = launch(part, environments[part]?.() ?? {});
    for await (const line of output) if (line.includes('"started"')) break;
    const exited = exitCode(child);
    if (reason === 'SIGTERM') child.kill('SIGTERM');
    else child.disconnect();
    expect(await exited).toBe(0);
  });

  test('names every variable that it lacks', async () => {
    const { child, errors } = launch(part, {});
    const lines: string[] = [];
    errors.on('line', (line) => lines.push(line));
    expect(await exitCode(child)).toBe(2);
    const needed = Object.keys(environments[part]?.() ?? {});
    for (const name of needed) expect(lines.join('\n')).toContain(`${name}: is not set`);
  });
});
