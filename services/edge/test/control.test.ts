import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@longwire/service';
import { freePort, startNats } from '@longwire/testing';
import { expect, test, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { start } from '../src/service.ts';

test('an edge that may not hear what it is asked leaves no connection behind when it tries again', async () => {
  const monitoring = await freePort();
  await using nats = await startNats({
    config: `http: "127.0.0.1:${monitoring}"
      authorization { users: [ { user: edge, password: secret, permissions: { subscribe: ["_INBOX_edge.>"] } } ] }`,
  });
  await using folder = {
    path: await mkdtemp(join(tmpdir(), 'longwire-edge-')),
    async [Symbol.asyncDispose]() {
      await rm(this.path, { recursive: true });
    },
  };
  const env = {
    EDGE_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    EDGE_STATE_DIR: folder.path,
    EDGE_WORKERS: '1',
    NATS_URL: `nats://edge:secret@127.0.0.1:${nats.port}`,
  };
  await using _ = await start(readConfig(env), createLogger('edge', 'silent'));
  const connections = async () => {
    const answer = await fetch(`http://127.0.0.1:${monitoring}/varz`);
    const { connections: open, total_connections: ever } = (await answer.json()) as Record<string, number>;
    return { open: open ?? 0, ever: ever ?? 0 };
  };
  await vi.waitFor(async () => expect((await connections()).ever).toBeGreaterThanOrEqual(3), {
    timeout: 20_000,
    interval: 100,
  });
  expect((await connections()).open).toBeLessThanOrEqual(1);
}, 30_000);
