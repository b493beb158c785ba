import { isIP } from 'node:net';
import { contains, type AddressRanges } from '@longwire/origins';
import { listOf, valuesOf } from './fields.ts';
import type { Line } from './forward.ts';
import { isToken, type Field } from './head.ts';

/** How the client came to the edge. */
export interface Arrival {
  /** The client's address: that of its socket, or the one that a PROXY header gave. */
  readonly address: string;
  /** Whether it came by TLS to us. */
  readonly secure: boolean;
  /** The host that it named in its TLS handshake. */
  readonly serverName: string | undefined;
  /** Whether what it says about forwarding is believed: it is a proxy of the operator's own. */
  readonly isTrusted: boolean;
}

/** Whether a field is one that `forwardingFields` gives, or says about forwarding what only a trusted proxy may say. */
export function isReplaced({ key }: Field, { isTrusted }: Arrival): boolean {
  return GIVEN.has(key) || (!isTrusted && (key.startsWith('x-forwarded-') || key === 'x-real-ip'));
}

const GIVEN = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded']);

/** Whether the client itself came by TLS, to us or to the trusted proxy before us. */
export function cameByTls(fields: readonly Field[], { secure, isTrusted }: Arrival): boolean {
  const [claimed] = isTrusted ? listOf(fields, 'x-forwarded-proto') : [];
  return claimed === undefined ? secure : /^(https|wss)$/i.test(claimed);
}

/** The address of the client itself: of those that trusted proxies tell, the last one that is not such a proxy's. */
export function clientAddress(
  fields: readonly Field[],
  { address, isTrusted }: Arrival,
  trusted: AddressRanges,
): string {
  if (!isTrusted) return address;
  const told = listOf(fields, 'x-forwarded-for').map(plainAddress);
  return told.findLast((each) => isIP(each) !== 0 && !contains(trusted, each)) ?? address;
}

/** IPv4 as such also where a socket that takes both families writes it as IPv6; IPv6 without a zone. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*/, '');
}

/**
 * What the origin is told of the client's hop: X-Forwarded-For with the addresses that trusted proxies told before,
 * -Proto, -Host and -Port as such a proxy saw them or as we do, and the same as RFC 7239 has it.
 * @param host the value of the Host field
 */
export function forwardingFields(fields: readonly Field[], host: string, arrival: Arrival): Line[] {
  const { address, secure, isTrusted } = arrival;
  const told = (name: string): string[] => (isTrusted ? valuesOf(fields, name.toLowerCase()) : []);
  const appended = (name: string, value: string): Line => ({ name, value: [...told(name), value].join(', ') });
  const kept = (name: string, value: string): Line => ({ name, value: told(name).join(', ') || value });
  const scheme = secure ? 'https' : 'http';
  const byTls = cameByTls(fields, arrival);
  return [
    appended('X-Forwarded-For', address),
    kept('X-Forwarded-Proto', scheme),
    kept('X-Forwarded-Host', host),
    kept('X-Forwarded-Port', /:(\d+)$/.exec(host)?.[1] ?? (byTls ? '443' : '80')),
    appended('Forwarded', `for=${node(address)};host=${quoted(host)};proto=${scheme}`),
  ];
}

/** RFC 7239, section 6: IPv6 in brackets, and so in quotes. */
function node(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}

function quoted(text: string): string {
  return isToken(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
