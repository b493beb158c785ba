import { isHopByHop } from './fields.ts';
import { forwardingFields, isReplaced, type Arrival } from './forwarded.ts';
import type { Field } from './head.ts';
import { requestIdIn } from './request-id.ts';
import { LOOP_TOKEN, type Request } from './request.ts';

/**
 * The head of the request to the origin: the client's own fields byte-equal, in their case and order, duplicates apart;
 * without what belongs to the client's hop, with what belongs to ours.
 * @param hostHeader what the origin wants as Host instead of the client's; the forwarding fields say the client's all the same
 */
export function writeOriginRequest(
  { target, fields }: Request,
  arrival: Arrival,
  requestId: string,
  hostHeader = '',
): Buffer {
  const hopByHop = isHopByHop(fields);
  const kept = fields.filter(
    ({ name }) => !hopByHop(name) && !isReplaced(name, arrival) && name.toLowerCase() !== 'content-length',
  );
  const isNamed = requestIdIn(kept) !== undefined;
  const host = fields.find(({ name }) => name.toLowerCase() === 'host')?.value ?? '';
  const named = (field: Field): Field =>
    hostHeader !== '' && field.name.toLowerCase() === 'host' ? { ...field, value: hostHeader } : field;
  return writeHead(`GET ${target} HTTP/1.1`, [
    ...kept.filter(({ name }) => isNamed || name.toLowerCase() !== 'x-request-id').map(named),
    { name: 'Connection', value: 'Upgrade' },
    { name: 'Upgrade', value: 'websocket' },
    ...forwardingFields(fields, host, arrival),
    ...(isNamed ? [] : [{ name: 'X-Request-Id', value: requestId }]),
    { name: 'CDN-Loop', value: LOOP_TOKEN },
  ]);
}

export function writeHead(startLine: string, fields: readonly Field[]): Buffer {
  const lines = fields.map(({ name, value }) => `${name}: ${value}\r\n`);
  return Buffer.from(`${startLine}\r\n${lines.join('')}\r\n`, 'latin1');
}
