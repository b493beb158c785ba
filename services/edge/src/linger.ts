import type { Wire } from './wire.ts';

const LINGER_MS = 2_000;

/**
 * Ends a wire after its last bytes: sends a FIN, then reads and drops what still comes until the peer's FIN, at most 2 s.
 * Closing at once would make the system answer unread bytes with a reset, which may destroy those last bytes on their way.
 */
export function linger(wire: Wire): void {
  const timer = setTimeout(() => wire.destroy(), LINGER_MS);
  wire.events = {
    bytes() {},
    drained() {},
    ended: () => wire.destroy(),
    closed: () => clearTimeout(timer),
  };
  wire.resume();
  wire.end();
}
