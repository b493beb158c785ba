import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

/** A certificate chain with its key, found to fit. */
export interface Pair {
  /** What the operator calls it: the name of its folder. */
  readonly name: string;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The DNS names that it is for, in lower case, wildcards as they stand in it. */
  readonly hosts: readonly string[];
  readonly expires: Date;
  readonly isEcdsa: boolean;
}

/** The name of the pair for clients that name no host, or one that no certificate is for. */
export const DEFAULT_PAIR = 'default';

/** What every TLS handshake here has in common: 1.2 with forward secrecy and AEAD, 1.3; ECDSA before RSA. */
export const TLS_OPTIONS: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  honorCipherOrder: true,
  // prettier-ignore
  ciphers: [
    'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
};

/** Reads a pair from PEM. @throws Error that says what is wrong with it */
export function readPair(name: string, cert: Buffer, key: Buffer): Pair {
  const leaf = new X509Certificate(cert);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate');
  createSecureContext({ ...TLS_OPTIONS, cert, key }); // throws for what OpenSSL would not serve, such as a broken chain
  return {
    name,
    cert,
    key,
    hosts: hostsOf(leaf),
    expires: leaf.validToDate,
    isEcdsa: leaf.publicKey.asymmetricKeyType === 'ec',
  };
}

function hostsOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').flatMap((each) => {
    const [, host] = /^DNS:((?:\*\.)?[\w.-]+)$/.exec(each) ?? [];
    return host === undefined ? [] : [host.toLowerCase()];
  });
}

/** The certificates that are served, by the hosts that they are for. */
export class Certificates {
  readonly pairs: readonly Pair[];
  readonly #contexts = new Map<string, SecureContext | undefined>();

  constructor(pairs: readonly Pair[]) {
    this.pairs = pairs;
    const hosts = new Set(pairs.flatMap((pair) => pair.hosts));
    for (const host of hosts) {
      this.#contexts.set(host, contextOf(pairs.filter((pair) => pair.hosts.includes(host))));
    }
  }

  /** The pair for those whom no other is for. */
  get fallback(): Pair | undefined {
    return this.pairs.find(({ name }) => name === DEFAULT_PAIR);
  }

  /** The context for a host: its own name's, else the wildcard's one label above (RFC 6125, section 6.4.3). */
  find(host: string): SecureContext | undefined {
    const name = host.toLowerCase();
    return this.#contexts.get(name) ?? this.#contexts.get(name.replace(/^[^.]+/, '*'));
  }
}

/**
 * Of several pairs for one host, ECDSA before RSA, then the one that lasts longest. Just one, for of what the callback
 * that answers a host name gives, Node takes a single key.
 */
function contextOf(pairs: readonly Pair[]): SecureContext | undefined {
  const [best] = pairs.toSorted(
    (one, other) => Number(other.isEcdsa) - Number(one.isEcdsa) || Number(other.expires) - Number(one.expires),
  );
  return best && createSecureContext({ ...TLS_OPTIONS, cert: best.cert, key: best.key });
}
