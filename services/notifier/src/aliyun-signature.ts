import { createHash, createHmac } from 'node:crypto';

export type AliyunKey = { accessKeyId: string; accessKeySecret: string };

export type AliyunCall = {
  /** The endpoint's origin. */
  url: string;
  action: string;
  version: string;
  query: Record<string, string>;
  nonce: string;
  date: Date;
};

/** A call of an RPC-style API of Alibaba Cloud with its signature (ACS3-HMAC-SHA256, "V3 request structure and signature"). */
export function signAliyun(
  { accessKeyId, accessKeySecret }: AliyunKey,
  { url, action, version, query, nonce, date }: AliyunCall,
): { url: string; headers: Record<string, string> } {
  const emptyBody = sha256('');
  const signed = {
    host: new URL(url).host,
    'x-acs-action': action,
    'x-acs-content-sha256': emptyBody,
    'x-acs-date': date.toISOString().replace(/\.\d+/, ''),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': version,
  };
  const canonicalQuery = Object.keys(query)
    .toSorted()
    .map((name) => `${encode(name)}=${encode(query[name] ?? '')}`)
    .join('&');
  const canonicalHeaders = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
  const names = Object.keys(signed).join(';');
  const request = ['POST', '/', canonicalQuery, canonicalHeaders.join(''), names, emptyBody].join('\n');
  const signature = createHmac('sha256', accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(request)}`)
    .digest('hex');
  return {
    url: `${url}/?${canonicalQuery}`,
    headers: {
      ...signed,
      authorization: `ACS3-HMAC-SHA256 Credential=${accessKeyId},SignedHeaders=${names},Signature=${signature}`,
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** RFC 3986: only unreserved characters stay. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
