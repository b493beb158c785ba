import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give to outgoing connections and to listeners that name no port (32768 and up on Linux); a part for each worker of the test runner. */
const [FIRST, PARTS, SIZE] = [20_000, 8, 1_500];
const part = FIRST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS) * SIZE;

let next = Math.floor(Math.random() * SIZE);

/**
 * A port of 127.0.0.1 on which nothing listens, and on which nothing will unless it is told to: for a listener that is to come back
 * on the same port, and for an address where nobody is.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < SIZE; attempt++) {
    const port = part + (next++ % SIZE);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${part} on`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
