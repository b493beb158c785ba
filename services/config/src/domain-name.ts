import { domainToASCII } from 'node:url';
import { parse } from 'tldts';

// What a URL would read as something else than a part of its host name.
const delimiter = /[\s/?#@:%[\]\\]/;
const label = /^(?!-)[a-z\d-]{1,63}(?<!-)$/;

/**
 * A domain name in its normal form: lower case, A-labels (RFC 5891), no trailing dot; the first label may be `*`.
 * Undefined when it is no host name, an address, or a public suffix, under which anyone may register.
 */
export function normalizeDomainName(text: string): string | undefined {
  if (delimiter.test(text)) return undefined;
  const wildcard = text.startsWith('*.');
  const name = domainToASCII((wildcard ? text.slice(2) : text).replace(/\.$/, ''));
  const labels = name.split('.');
  if (name.length > 250 || labels.length < 2 || !labels.every((part) => label.test(part))) return undefined;
  const { isIp, domain } = parse(name, { allowPrivateDomains: true });
  if (isIp || domain === null) return undefined;
  return wildcard ? `*.${name}` : name;
}

/** A domain name as a token of a NATS subject and as a KV key: `.` is written `_`, the label `*` is written `=any`. */
export function domainKey(domainName: string): string {
  return domainName.replace('*', '=any').replaceAll('.', '_');
}
