import { BackToOrigin, DomainConfig, RelayMode, TlsVerification } from '@longwire/contracts/edge/v1/domain_config';
import { z } from 'zod';
import { isToken } from './head.ts';
import { certificatesIn } from './origin-trust.ts';
import { readHost } from './request.ts';
import { whyShut } from './shut.ts';

const port = z.int().min(1).max(65_535);

const backToOrigin = z.literal([
  BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
  BackToOrigin.BACK_TO_ORIGIN_HTTP,
  BackToOrigin.BACK_TO_ORIGIN_HTTPS,
]);

// A mode of a later version is none of these: then the old config stays in force.
const relayMode = z.literal([
  RelayMode.RELAY_MODE_UNSPECIFIED,
  RelayMode.RELAY_MODE_TUNNEL,
  RelayMode.RELAY_MODE_STRICT,
]);

const tlsVerification = z.literal([
  TlsVerification.TLS_VERIFICATION_UNSPECIFIED,
  TlsVerification.TLS_VERIFICATION_FULL,
  TlsVerification.TLS_VERIFICATION_NONE,
]);

const limit = z.bigint().nonnegative();

const origin = z.object({
  host: z.string().min(1),
  httpPort: port,
  httpsPort: port,
  weight: z.int().min(0),
  hostHeader: z.string().refine((host) => host === '' || readHost(host) !== undefined, 'is no value of Host'),
  tlsVerification,
  caCertificates: z.string().superRefine(checkBundle),
});

/** What must hold for any config, and is all that an edge needs to know of a domain that it is to shut. */
const identity = { domainName: z.string().regex(/^(\*\.)?[a-z\d_-]+(\.[a-z\d_-]+)*$/), version: z.bigint().positive() };
const shut = z.object(identity);
const served = z.object({
  ...identity,
  accountId: z.string().min(1),
  heartbeatSeconds: z.int().min(1).max(86_400),
  pingIntervalSeconds: z.int().min(0).max(86_400),
  maxConnections: z.int().min(0),
  maxHandshakesPerSecond: z.int().min(0),
  relayMode,
  maxFrameBytesFromClient: limit,
  maxFrameBytesFromOrigin: limit,
  maxMessageBytesFromClient: limit,
  maxMessageBytesFromOrigin: limit,
  backToOrigin,
  origins: z.array(origin).min(1),
  maxBytesPerSecond: limit,
  allowedOrigins: z.array(z.string().regex(/^[!-~]+$/)),
  allowedSubprotocols: z.array(z.string().refine(isToken, 'is no token')),
});

/**
 * Reads a domain's config from its proto3 JSON. Throws when the text is none, or when it could not be served; a fault in
 * what it says of origins or limits never keeps a domain open that is removed, suspended or switched off.
 */
export function readDomainConfig(json: string): DomainConfig {
  const config = DomainConfig.fromJSON(JSON.parse(json));
  (whyShut(config) ? shut : served).parse(config);
  return config;
}

function checkBundle(bundle: string, context: z.RefinementCtx): void {
  try {
    if (bundle !== '') certificatesIn(bundle);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
  }
}
