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
    (field) => !hopByHop(field) && !isReplaced(field, arrival) && field.key !== 'content-length',
  );
  const isNamed = requestIdIn(kept) !== undefined;
  const host = fields.find(({ key }) => key === 'host')?.value ?? '';
  const named = (field: Field): Line =>
    hostHeader !== '' && field.key === 'host' ? { name: field.name, value: hostHeader } : field;
  return writeHead(`GET ${target} HTTP/1.1`, [
    ...kept.filter(({ key }) => isNamed || key !== 'x-request-id').map(named),
    ...SWITCHING,
    ...forwardingFields(fields, host, arrival),
    ...(isNamed ? [] : [{ name: 'X-Request-Id', value: requestId }]),
    OWN_HOP,
  ]);
}

/** What asks for the protocol, and what grants it. */
export const SWITCHING: readonly Line[] = [
  { name: 'Connection', value: 'Upgrade' },
  { name: 'Upgrade', value: 'websocket' },
];
const OWN_HOP: Line = { name: 'CDN-Loop', value: LOOP_TOKEN };

/** A field to be written. */
export type Line = Pick<Field, 'name' | 'value'>;

export function writeHead(startLine: string, fields: readonly Line[]): Buffer {
  let text = `${startLine}\r\n`;
  for (const { name, value } of fields) text += `${name}: ${value}\r\n`;
  return Buffer.from(`${text}\r\n`, 'latin1');
}
