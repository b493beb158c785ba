import { DomainError } from '@longwire/contracts';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { roles } from './caller.ts';
import type { Caller, Role } from './caller.ts';

export type TokenOptions = {
  /** The `iss` that tokens must carry. */
  issuer: string;
  /** Where the issuer publishes its keys (RFC 7517). */
  jwksUrl: string;
  /** The `aud` that tokens must contain. */
  audience: string;
};

/** Turns a bearer token into its caller; throws UNAUTHENTICATED for one that is missing, forged, expired or for others. */
export type Authenticate = (token: string | undefined) => Promise<Caller>;

// Asymmetric only: a JWKS is public, and what it holds must not be able to sign.
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/** Verifies JWTs (RFC 7519) against the issuer's key set, which is fetched when needed and cached. */
export function verifyTokens({ issuer, jwksUrl, audience }: TokenOptions): Authenticate {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3_000 });
  return async (token) => {
    if (token === undefined) throw unauthenticated('send a bearer token in the authorization metadata');
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: 5,
        requiredClaims: ['sub', 'exp'],
      });
      return toCaller(payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired; get a new one');
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError))
        throw new DomainError('UNAVAILABLE', 'ISSUER_UNREACHABLE', 'the identity provider does not answer; try again');
      throw unauthenticated('the token is not valid here');
    }
  };
}

/** The token of an `authorization` value (RFC 6750), or undefined. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([\w~+/.-]+=*)$/i.exec(authorization ?? '')?.[1];
}

function toCaller(payload: JWTPayload): Caller {
  const claimed = Array.isArray(payload['roles']) ? payload['roles'] : [];
  const account = payload['account'];
  return {
    subject: payload.sub ?? '',
    roles: claimed.filter((role): role is Role => roles.some((known) => known === role)),
    ...(typeof account === 'string' && { account }),
    expireTime: new Date((payload.exp ?? 0) * 1000),
  };
}

function unauthenticated(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', 'INVALID_TOKEN', message);
}
