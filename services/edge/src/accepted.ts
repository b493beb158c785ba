import { Socket } from 'node:net';
import { Wire, type WireEvents } from './wire.ts';

/**
 * The wire of an accepted socket; the server must have been created with `pauseOnConnect`, so that nothing was read yet.
 *
 * Node lets outgoing sockets read into a buffer of the caller's (`onread`), accepted ones not. So the accepted socket's
 * handle, which is no public property, moves into a new socket that has the option. Where a Node hides or renames it,
 * the socket stays as it is and emits `data`: the same behaviour, at more garbage per read.
 */
export function wireOfAccepted(accepted: Socket, events: WireEvents): Wire {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (!takesUserBuffer(handle)) {
    return new Wire(events, (_, take) => {
      accepted.on('data', take).resume();
      return accepted;
    });
  }
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  // Reflect, because the types know no such handle.
  return new Wire(events, (onread): Socket => Reflect.construct(Socket, [{ handle, onread, allowHalfOpen: true }]));
}

function takesUserBuffer(handle: unknown): boolean {
  if (typeof handle !== 'object' || handle === null) return false;
  return ['useUserBuffer', 'readStart', 'readStop'].every((name) => typeof Reflect.get(handle, name) === 'function');
}
