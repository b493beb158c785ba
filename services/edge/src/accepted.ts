import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { HandleWires } from './handle-wire.ts';
import { isStreamHandle, type TcpHandle } from './native-tcp.ts';
import { SecuredWire } from './secured-wire.ts';
import { SocketWire } from './socket-wire.ts';
import { UNHEARD, type Wire } from './wire.ts';

/** A connection that was accepted and of which nothing was read yet. It becomes a wire or a socket, once. */
export interface Accepted {
  /** Undefined when the peer is gone again. */
  readonly remoteAddress: string | undefined;
  toWire(): Wire;
  /** Paused, for TLS, which Node has on sockets only. */
  toSocket(): Socket;
  destroy(): void;
}

export function acceptedHandle(handle: TcpHandle, wires: HandleWires): Accepted {
  const peer: { address?: string; port?: number } = {};
  handle.getpeername(peer);
  return {
    remoteAddress: peer.address,
    toWire: () => wires.accept(handle, peer.address ?? '', peer.port ?? 0, UNHEARD),
    // Reflect, because the types know no such options.
    toSocket: () =>
      Reflect.construct(Socket, [{ handle, allowHalfOpen: true, pauseOnCreate: true, readable: true, writable: true }]),
    destroy: () => handle.close(() => {}),
  };
}

/** @param socket of a server with `pauseOnConnect` */
export function acceptedSocket(socket: Socket): Accepted {
  return {
    remoteAddress: socket.remoteAddress,
    toWire: () => wireOfSocket(socket),
    toSocket: () => socket,
    destroy: () => socket.destroy(),
  };
}

/** A wire of a socket that is paused. */
export function wireOfSocket(socket: Socket): SocketWire {
  return new SocketWire(UNHEARD, (_, take) => socket.on('data', take).resume());
}

/** The wire of a socket that has come through TLS, with what was read of it meanwhile. */
export function wireOfSecured(socket: TLSSocket, wires: HandleWires | undefined): { wire: Wire; early: Buffer } {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!wires || !isStreamHandle(handle)) return { wire: wireOfSocket(socket), early: NOTHING };
  const early: Buffer | null = socket.read();
  return { wire: new SecuredWire(wires, socket, handle, UNHEARD), early: early ?? NOTHING };
}

const NOTHING = Buffer.alloc(0);
