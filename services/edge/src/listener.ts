import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ListenAddress, Logger } from '@longwire/service';
import { closeWhenEmpty } from './close-when-empty.ts';

export type Listener = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
};

const BACKLOG = 4096;

/** Listens for clients; disposing stops accepting and leaves what was accepted alone. Rejects when the address is taken. */
export async function listen(
  { host, port, reusePort }: ListenAddress & { reusePort: boolean },
  onAccepted: (socket: Socket) => void,
  log: Logger,
): Promise<Listener> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, onAccepted);
  server.listen({ host, port, reusePort, backlog: BACKLOG });
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  server.on('error', (error) => log.error({ err: error }, 'connection not accepted')); // out of file descriptors
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    [Symbol.asyncDispose]: () => closeWhenEmpty(server),
  };
}

/** Whether a connection to this address and port would come back to the listener. */
export function leadsTo(listener: { host: string; port: number }, address: string, port: number): boolean {
  if (port !== listener.port) return false;
  const isWildcard = listener.host === '0.0.0.0' || listener.host === '::';
  if (!isWildcard) return address === listener.host;
  return Object.values(networkInterfaces()).some((own) => own?.some((each) => each.address === address));
}
