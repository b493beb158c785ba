import { checkOriginHost, contains } from '@longwire/origins';
import type { OriginAllow } from '@longwire/origins';

/**
 * What is wrong with the URL of a webhook, without asking the DNS; undefined when nothing is. A name may still resolve to
 * a forbidden address: that is judged at each connect, on the address connected.
 */
export function checkWebhookUrl(text: string, allow: OriginAllow): string | undefined {
  const url = URL.parse(text);
  if (!url || text.length > 1000) return 'must be a URL of at most 1000 characters';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an https URL';
  if (url.username || url.password || text.includes('?') || text.includes('#'))
    return 'must have no user, password, query or fragment: requests are signed, so it needs no secret';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const problem = checkOriginHost(host, allow);
  if (problem) return `the host ${problem}`;
  if (url.protocol === 'http:' && !isAllowedWithoutTls(host, allow)) return 'must be an https URL';
  return undefined;
}

/** Only an address that the operator names is reached without TLS; a name could resolve to any other. */
function isAllowedWithoutTls(host: string, allow: OriginAllow): boolean {
  return /^[\d.:a-f]+$/i.test(host) && contains(allow, host);
}
