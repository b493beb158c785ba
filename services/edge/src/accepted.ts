import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Wire, type WireEvents } from './wire.ts';

/** The events of a wire whose holder is not known yet; none come before the event loop has gone round. */
const UNHEARD: WireEvents = { bytes() {}, drained() {}, ended() {}, closed() {} };

/**
 * The wire of an accepted socket; the server must have been created with `pauseOnConnect`, so that nothing was read yet.
 *
 * Node lets outgoing sockets read into a buffer of the caller's (`onread`), accepted ones not. So the accepted socket's
 * handle, which is no public property, moves into a new socket that has the option. Where a Node hides or renames it,
 * the socket stays as it is and emits `data`: the same behaviour, at more garbage per read.
 */
export function wireOfAccepted(accepted: Socket, events: WireEvents = UNHEARD): Wire {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (!takesUserBuffer(handle)) {
    return wireOfEmitting(accepted, events);
  }
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  // Reflect, because the types know no such handle.
  return new Wire(events, (onread): Socket => Reflect.construct(Socket, [{ handle, onread, allowHalfOpen: true }]));
}

/** The wire of a socket that has come through TLS; Node lets none of those that it accepted read into a buffer of the caller's. */
export function wireOfSecured(secured: TLSSocket): Wire {
  return wireOfEmitting(secured, UNHEARD);
}

function wireOfEmitting(socket: Socket, events: WireEvents): Wire {
  return new Wire(events, (_, take) => {
    socket.on('data', take).resume();
    return socket;
  });
}

function takesUserBuffer(handle: unknown): boolean {
  if (typeof handle !== 'object' || handle === null) return false;
  return ['useUserBuffer', 'readStart', 'readStop'].every((name) => typeof Reflect.get(handle, name) === 'function');
}
