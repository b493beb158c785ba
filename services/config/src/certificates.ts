import { X509Certificate } from 'node:crypto';

const mostCertificates = 10;
/** Of all the origins of a domain together this stays far below what one message may hold. */
const mostBytes = 32 * 1024;
const block = /-----BEGIN ([A-Z\d ]+)-----[^-]*-----END \1-----/g;

/**
 * Certificates in PEM (RFC 7468) as they are kept: nothing around them, and nothing but them. What is wrong is said without a
 * word of the text, which may be a key.
 */
export function normalizeCertificates(text: string): { certificates: string; problem?: string } {
  if (text.trim() === '') return { certificates: '' };
  const refuse = (problem: string) => ({ certificates: '', problem });
  if (text.length > mostBytes) return refuse(`must be at most ${mostBytes / 1024} KiB`);
  const blocks = [...text.matchAll(block)];
  if (/PRIVATE KEY/.test(text)) return refuse('must not hold a private key');
  const isWhole = !text.replaceAll(block, '').includes('-----BEGIN');
  if (blocks.length === 0 || !isWhole || blocks.some(([, label]) => label !== 'CERTIFICATE'))
    return refuse('must be certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE');
  if (blocks.length > mostCertificates) return refuse(`must be at most ${mostCertificates} certificates`);
  const read = blocks.map(([pem]) => readCertificate(pem));
  const unread = read.indexOf(undefined);
  if (unread >= 0) return refuse(`certificate ${unread + 1} cannot be read`);
  return { certificates: read.map((certificate) => certificate?.toString() ?? '').join('') };
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
