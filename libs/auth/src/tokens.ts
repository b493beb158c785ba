import { DomainError } from '@longwire/contracts';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { accountPattern, roles } from './caller.ts';
import type { Caller, Role } from './caller.ts';

export type TokenOptions = {
  /** The `iss` that tokens must carry. */
  issuer: string;
  /** Where the issuer publishes its keys (RFC 7517). */
  jwksUrl: string;
  /** The `aud` that tokens must contain. */
  audience: string;
};

/**
 * Turns a bearer token into its caller; throws UNAUTHENTICATED for one that is missing, forged, expired or for others, and
 * UNAVAILABLE while the issuer's keys cannot be had.
 */
export type Authenticate = (token: string | undefined) => Promise<Caller>;

// Asymmetric only: a JWKS is public, and what it holds must not be able to sign.
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/** Verifies JWTs (RFC 7519) against the issuer's key set, which is fetched when needed and cached. */
export function verifyTokens({ issuer, jwksUrl, audience }: TokenOptions): Authenticate {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3_000 });
  return async (token) => {
    if (token === undefined) throw unauthenticated('send a bearer token in the authorization metadata');
    const rules = { issuer, audience, algorithms, clockTolerance: 5, requiredClaims: ['sub', 'exp'] };
    const { payload } = await jwtVerify(token, keys, rules).catch((error: unknown) => {
      if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired; get a new one');
      if (isOfIssuer(error)) throw issuerUnreachable(error);
      throw unauthenticated('the token is not valid here');
    });
    if (!isSubject(payload.sub)) throw unauthenticated('the token’s subject must be 1 to 255 ASCII characters');
    return toCaller(payload.sub, payload);
  };
}

/** The token of an `authorization` value (RFC 6750), or undefined. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([\w~+/.-]+=*)$/i.exec(authorization ?? '')?.[1];
}

/** No key set could be had: no answer, none with status 200, none that is a key set. */
function isOfIssuer(error: unknown): boolean {
  return !(error instanceof errors.JOSEError) || keySetTroubles.has(error.code);
}

const keySetTroubles = new Set([errors.JOSEError.code, errors.JWKSTimeout.code, errors.JWKSInvalid.code]);

/** As OpenID Connect has it (Core 1.0, section 2): it stands in events as the actor, which may be no other text. */
function isSubject(sub: unknown): sub is string {
  return typeof sub === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(sub);
}

function toCaller(subject: string, payload: JWTPayload): Caller {
  const claimed = Array.isArray(payload['roles']) ? payload['roles'] : [];
  const account = payload['account'];
  return {
    subject,
    roles: claimed.filter((role): role is Role => roles.some((known) => known === role)),
    ...(typeof account === 'string' && accountPattern.test(account) && { account }),
    expireTime: new Date((payload.exp ?? 0) * 1000),
  };
}

function issuerUnreachable(cause: unknown): DomainError {
  const message = 'the identity provider does not answer as it should; try again';
  const error = new DomainError('UNAVAILABLE', 'ISSUER_UNREACHABLE', message);
  error.cause = cause;
  return error;
}

function unauthenticated(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', 'INVALID_TOKEN', message);
}
