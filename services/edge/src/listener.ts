import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { ListenAddress, Logger } from '@longwire/service';
import { acceptedHandle, acceptedSocket, type Accepted } from './accepted.ts';
import { closeWhenEmpty } from './close-when-empty.ts';
import type { HandleWires } from './handle-wire.ts';
import type { TcpHandle } from './native-tcp.ts';

export type Listener = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
};

const BACKLOG = 4096;

/**
 * Listens for clients; disposing stops accepting and leaves what was accepted alone. Rejects when the address is taken.
 * @param wires where there are some, no socket is made of what is accepted
 */
export async function listen(
  { host, port, reusePort }: ListenAddress & { reusePort: boolean },
  onAccepted: (accepted: Accepted) => void,
  log: Logger,
  wires?: HandleWires,
): Promise<Listener> {
  let count = 0;
  const accept = (accepted: Accepted) => {
    count++;
    onAccepted(accepted);
  };
  const options = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true };
  const server = createServer(options, (socket) => accept(acceptedSocket(socket)));
  server.listen({ host, port, reusePort, backlog: BACKLOG });
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  server.on('error', (error) => log.error({ err: error }, 'connection not accepted')); // out of file descriptors
  if (wires) takeHandles(server, (handle) => accept(acceptedHandle(handle, wires)));
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    [Symbol.asyncDispose]: () => closeWhenEmpty(server, () => count),
  };
}

/**
 * Accepts below sockets: the server's handle, which is no public property, hands over the handles of connections. Where a Node hides
 * or renames it, the server goes on making sockets.
 */
function takeHandles(server: Server, onHandle: (handle: TcpHandle) => void): void {
  const listening: unknown = Reflect.get(server, '_handle');
  if (typeof listening !== 'object' || listening === null || !('onconnection' in listening)) return;
  if ('setNoDelay' in listening && typeof listening.setNoDelay === 'function') listening.setNoDelay(true); // for all that it accepts
  listening.onconnection = (failure: number, handle: TcpHandle) => {
    if (failure === 0) onHandle(handle);
    else server.emit('error', new Error(getSystemErrorName(failure)));
  };
}

/** Whether a connection to this address and port would come back to the listener. */
export function leadsTo(listener: { host: string; port: number }, address: string, port: number): boolean {
  if (port !== listener.port) return false;
  const isWildcard = listener.host === '0.0.0.0' || listener.host === '::';
  if (!isWildcard) return address === listener.host;
  return Object.values(networkInterfaces()).some((own) => own?.some((each) => each.address === address));
}
