import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { demoDomain } from './journey.ts';

const clientCount = 8;
const reconnectMs = 5_000;

/** Clients that talk to the demo origin through the edge until the signal aborts, now more and now less, so that charts move. */
export async function keepTalking(edgeUrl: string, signal: AbortSignal): Promise<void> {
  const clients = Array.from({ length: clientCount }, (_, index) => stayConnected(edgeUrl, index, signal));
  await Promise.all(clients);
}

/** One client: connects, talks until it is cut off, and comes back after a while, as browsers' code does. */
async function stayConnected(edgeUrl: string, index: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await talk(edgeUrl, index, signal);
    await sleep(reconnectMs, undefined, { signal }).catch(() => {});
  }
}

/** Resolves when the connection has ended, however it did; a refusal (403 while WebSocket is off) is an end as well. */
function talk(edgeUrl: string, index: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${edgeUrl}/echo`, { headers: { Host: demoDomain }, perMessageDeflate: false });
    const speaking = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.alloc(messageBytes(index)));
    }, 250);
    const hangUp = () => socket.close(1000);
    signal.addEventListener('abort', hangUp, { once: true });
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => {
      clearInterval(speaking);
      signal.removeEventListener('abort', hangUp);
      resolve();
    });
  });
}

/** A wave with a period of a minute, each client a little later than the one before: 64 B to 8 KiB. */
function messageBytes(index: number): number {
  const turn = (Date.now() / 60_000 + index / clientCount / 4) * 2 * Math.PI;
  return Math.round(64 + ((1 + Math.sin(turn)) / 2) * 8_128);
}
