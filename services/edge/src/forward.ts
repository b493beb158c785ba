import { isHopByHop } from './fields.ts';
import type { Field } from './head.ts';
import { LOOP_TOKEN, type Request } from './request.ts';

/** How the client came to the edge; the origin is told. */
export interface Arrival {
  /** The address of the client's socket. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
}

/**
 * The head of the request to the origin: the client's own fields byte-equal, in their case and order, duplicates apart;
 * without what belongs to the client's hop, with what belongs to ours. Whatever the client claims about forwarding is
 * replaced, for nothing says yet which networks may be believed.
 */
export function writeOriginRequest({ target, fields }: Request, { address, scheme }: Arrival): Buffer {
  const hopByHop = isHopByHop(fields);
  const kept = fields.filter(({ name }) => !hopByHop(name) && !isReplaced(name));
  const host = fields.find(({ name }) => name.toLowerCase() === 'host')?.value ?? '';
  return writeHead(`GET ${target} HTTP/1.1`, [
    ...kept,
    { name: 'Connection', value: 'Upgrade' },
    { name: 'Upgrade', value: 'websocket' },
    { name: 'X-Forwarded-For', value: address },
    { name: 'X-Forwarded-Proto', value: scheme },
    { name: 'X-Forwarded-Host', value: host },
    { name: 'CDN-Loop', value: LOOP_TOKEN },
  ]);
}

export function writeHead(startLine: string, fields: readonly Field[]): Buffer {
  const lines = fields.map(({ name, value }) => `${name}: ${value}\r\n`);
  return Buffer.from(`${startLine}\r\n${lines.join('')}\r\n`, 'latin1');
}

function isReplaced(name: string): boolean {
  return /^(x-forwarded-.*|forwarded|content-length)$/i.test(name);
}
