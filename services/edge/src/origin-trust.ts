import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** So many bundles of domains' own are remembered; those used longest ago are read again. */
const MOST_BUNDLES = 1_000;

/**
 * Whom origins' certificates must come from: the authorities that Node trusts and those of the operator, or those that a domain
 * names for an origin. Each context is made once, because reading authorities takes longer than a handshake.
 */
export class OriginTrust {
  readonly #own: SecureContext;
  readonly #byBundle = new Map<string, SecureContext>();

  /** @param authorities of the operator, certificates in PEM */
  constructor(authorities: readonly string[]) {
    this.#own =
      authorities.length === 0
        ? createSecureContext()
        : createSecureContext({ ca: [...getCACertificates('default'), ...authorities] });
  }

  /** How many bundles are remembered. */
  get size(): number {
    return this.#byBundle.size;
  }

  /** @param bundle certificates in PEM; empty means those that the edge trusts */
  contextFor(bundle: string): SecureContext {
    if (bundle === '') return this.#own;
    const context = this.#byBundle.get(bundle) ?? createSecureContext({ ca: certificatesIn(bundle) });
    this.#byBundle.delete(bundle); // so that the map stays in the order of use
    this.#byBundle.set(bundle, context);
    const [oldest] = this.#byBundle.keys();
    if (this.#byBundle.size > MOST_BUNDLES && oldest !== undefined) this.#byBundle.delete(oldest);
    return context;
  }
}

/** Reads a PEM bundle from a file. @throws Error whose message says what is wrong with it */
export function readAuthorities(path: string): string[] {
  try {
    return certificatesIn(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}: ${path}`, { cause });
  }
}

/** The certificates of a PEM bundle. @throws Error whose message says what is wrong with it */
export function certificatesIn(bundle: string): string[] {
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error('holds no certificate in PEM');
  return certificates.map(readCertificate);
}

function readCertificate(pem: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch (cause) {
    throw new Error('holds what is no certificate', { cause });
  }
}
