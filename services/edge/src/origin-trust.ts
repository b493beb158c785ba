import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/**
 * Whom the edge trusts to vouch for origins: the authorities that Node trusts, and those of the operator. Made once, because
 * reading the authorities takes longer than a handshake.
 * @param authorities certificates in PEM
 */
export function originTrust(authorities: readonly string[]): SecureContext {
  if (authorities.length === 0) return createSecureContext();
  return createSecureContext({ ca: [...getCACertificates('default'), ...authorities] });
}

/** Reads a PEM bundle. @throws Error whose message says what is wrong with it */
export function readAuthorities(path: string): string[] {
  const bundle = readFileSync(path, 'utf8');
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error(`holds no certificate in PEM: ${path}`);
  return certificates.map((certificate) => readCertificate(certificate, path));
}

function readCertificate(pem: string, path: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch (cause) {
    throw new Error(`holds what is no certificate: ${path}`, { cause });
  }
}
