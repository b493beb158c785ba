import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@longwire/testing';
import { expect, test } from 'vitest';
import { startEdgeProcess } from './edge-process.ts';
import { encode } from './frame.ts';
import { handshake, originAt, SWITCHED } from './harness.ts';
import { knownState } from './known-config.ts';

/** Longer by hand: minutes show what seconds do not. */
const SECONDS = Number(process.env['EDGE_SOAK_SECONDS'] ?? 20);
const MIB = 1024 * 1024;

const FRAME = encode({ masked: true, payload: randomBytes(16_384) });

/** Resident memory of a process, in MiB. */
function resident(pid: number | undefined): number {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** An origin that switches and then sends back what comes, without keeping any of it. */
async function startMirror(): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => sockets.delete(socket));
    socket.once('data', () => {
      socket.write(SWITCHED);
      socket.pipe(socket);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function open(port: number): Promise<Socket> {
  const client = connect(port, '127.0.0.1').on('error', () => {});
  client.write(handshake('a.test'));
  await once(client, 'data');
  return client;
}

test(
  'traffic and coming and going without end leave the memory of the edge flat',
  { timeout: (SECONDS + 60) * 1_000 },
  async () => {
    await using parts = new AsyncDisposableStack();
    const mirror = parts.use(await startMirror());
    const { path } = parts.use(await knownState({ address: originAt('127.0.0.1', mirror.port) }));
    const port = await freePort();
    // With little room for garbage it is collected often, and what is left shows.
    const NODE_OPTIONS = '--max-semi-space-size=1 --max-old-space-size=64';
    const where = { EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_STATE_DIR: path, EDGE_WORKERS: '1', NODE_OPTIONS };
    const edge = parts.use(await startEdgeProcess(where));

    const over = new AbortController();
    let [echoed, cycles] = [0, 0];
    const talking = Array.from({ length: 20 }, async () => {
      const client = await open(port);
      client.on('data', (chunk) => (echoed += chunk.length));
      while (!over.signal.aborted) {
        if (!client.write(FRAME)) await once(client, 'drain');
        await sleep(10);
      }
      client.destroy();
    });
    const comingAndGoing = Array.from({ length: 4 }, async () => {
      for (; !over.signal.aborted; cycles++) {
        const client = await open(port);
        client.write(FRAME);
        await once(client, 'data');
        client.resume().end();
        await once(client, 'close');
      }
    });
    const seen: number[] = [];
    for (let second = 0; second < SECONDS; second++) {
      await sleep(1_000);
      seen.push(resident(edge.child.pid));
    }
    over.abort();
    await Promise.all([...talking, ...comingAndGoing]);

    // Of each half the least: what a collection of garbage leaves, and not what waits for one.
    const half = Math.floor(seen.length / 2);
    const [before, after] = [Math.min(...seen.slice(half / 2, half)), Math.min(...seen.slice(half))];
    const figures = `${cycles} tunnels, ${Math.round(echoed / MIB)} MiB, resident ${before.toFixed(1)} then ${after.toFixed(1)} MiB`;
    if (process.env['EDGE_SOAK_SECONDS']) process.stdout.write(`${figures}\n`);
    expect(cycles).toBeGreaterThan(SECONDS * 20);
    expect(after - before).toBeLessThan(8);
  },
);
