import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give to outgoing connections and to listeners that name no port (32768 and up on Linux). */
const [FIRST, COUNT] = [31_100, 1_600];

const given = new Set<number>();

/**
 * A port of 127.0.0.1 on which nothing listens, and on which nothing will unless it is told to: for a listener that is to come back
 * on the same port, and for an address where nobody is.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error('no free port in 100 tries');
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
