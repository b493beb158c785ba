import { readProxyHeader, type ProxyHeader } from './proxy-header.ts';
import { UNHEARD, type Wire } from './wire.ts';

/**
 * Takes the PROXY header off the front of a wire of which nothing was read; `rest` is what came after it. Undefined when there is
 * none in time, at any trickle, or it is no such header.
 */
export function takeProxyHeader(
  wire: Wire,
  timeoutMs: number,
  then: (header: ProxyHeader | undefined, rest: Buffer) => void,
): void {
  let bytes = Buffer.alloc(0);
  const settle = (header: ProxyHeader | undefined) => {
    clearTimeout(late);
    wire.events = UNHEARD;
    then(header, bytes.subarray(header?.length));
  };
  const late = setTimeout(() => settle(undefined), timeoutMs);
  const gone = () => {
    if (bytes.length === 0) wire.destroy(); // a balancer that only looked whether we live
    settle(undefined);
  };
  wire.events = {
    bytes(_, chunk) {
      bytes = Buffer.concat([bytes, chunk]);
      const result = readProxyHeader(bytes);
      if (result === 'more') return;
      settle(result === 'fault' ? undefined : result);
    },
    drained() {},
    ended: gone,
    closed: gone,
  };
}
