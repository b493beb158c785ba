import { isIP } from 'node:net';
import { addressRanges, contains, type AddressRanges } from './ranges.ts';

/** Ranges that the operator allows as origins although they are not public. */
export type OriginAllow = AddressRanges;

/** What is wrong with an origin's host; the text is fit to be shown to whoever set it. */
export type OriginHostProblem =
  | 'is not a host name or an IP address'
  | 'is an IPv4 address in a form other than four decimal numbers'
  | 'is an address that is not public';

/**
 * Everything that is not a public unicast address: the entries of the IANA special-purpose registries that are not
 * globally reachable, multicast, the forms of IPv6 that carry an IPv4 address, and the clouds' own endpoints.
 */
const FORBIDDEN = addressRanges([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // shared address space; Alibaba Cloud's metadata is 100.100.100.200
  '127.0.0.0/8',
  '168.63.129.16', // Azure's host agent, a public address that only guests reach
  '169.254.0.0/16', // link local; the metadata service of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // protocol assignments; Oracle Cloud's metadata is 192.0.0.192
  '192.0.2.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96', // unspecified, loopback and the IPv4-compatible form
  '::ffff:0:0/96', // IPv4-mapped
  '::ffff:0:0:0/96', // IPv4-translated
  '64:ff9b::/96', // NAT64
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23', // protocol assignments with Teredo
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

/** Whether no connection to this address may be opened. Whatever is not an IP address (a zone id included) is forbidden. */
export function isForbiddenAddress(address: string, allow: OriginAllow): boolean {
  if (isIP(address) === 0 || address.includes('%')) return true;
  return contains(FORBIDDEN, address) && !contains(allow, address);
}

/**
 * What can be said about an origin's host without asking the DNS; `undefined` when nothing is wrong with it.
 * A name may still resolve to a forbidden address: that is judged at each connect, on the address connected.
 * IPv6 is written without brackets. A last label that is a number makes a name an IPv4 address (WHATWG URL, "ends in a
 * number"); of the many forms that resolvers take (`2130706433`, `0x7f.1`, `0177.0.0.1`) only `127.0.0.1` is one here.
 */
export function checkOriginHost(host: string, allow: OriginAllow): OriginHostProblem | undefined {
  if (isIP(host) !== 0) return isForbiddenAddress(host, allow) ? 'is an address that is not public' : undefined;
  if (/(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(host)) return 'is an IPv4 address in a form other than four decimal numbers';
  if (!isHostName(host)) return 'is not a host name or an IP address';
  const isLoopback = /(^|\.)localhost\.?$/i.test(host); // RFC 6761, section 6.3
  return isLoopback && isForbiddenAddress('127.0.0.1', allow) ? 'is an address that is not public' : undefined;
}

/** RFC 1123, section 2.1, with the underscore that service names carry; names beyond ASCII come as A-labels. */
function isHostName(host: string): boolean {
  return host.length <= 253 && /^(?!-)[\w-]{1,63}(?<!-)(\.(?!-)[\w-]{1,63}(?<!-))*\.?$/.test(host);
}
