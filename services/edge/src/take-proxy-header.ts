import type { Socket } from 'node:net';
import { readProxyHeader, type ProxyHeader } from './proxy-header.ts';

/**
 * Takes the PROXY header off the front of an accepted socket; what came after it lies in the socket again. Undefined when
 * there is none in time, at any trickle, or it is no such header.
 */
export function takeProxyHeader(
  socket: Socket,
  timeoutMs: number,
  then: (header: ProxyHeader | undefined) => void,
): void {
  let bytes = Buffer.alloc(0);
  const late = setTimeout(() => settle(undefined), timeoutMs);
  const settle = (header: ProxyHeader | undefined) => {
    clearTimeout(late);
    socket.off('readable', read).off('close', gone).off('end', gone);
    then(header);
  };
  const gone = () => {
    if (bytes.length === 0) socket.destroy(); // a balancer that only looked whether we live
    settle(undefined);
  };
  const read = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const result = readProxyHeader(bytes);
    if (result === 'more') return;
    if (result === 'fault') return gone();
    if (result.length < bytes.length) socket.unshift(bytes.subarray(result.length));
    settle(result);
  };
  socket
    .on('error', () => {})
    .on('readable', read)
    .on('close', gone)
    .on('end', gone);
}
