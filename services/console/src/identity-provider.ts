import * as oidc from 'openid-client';
import type { Config } from './config.ts';
import type { Tokens } from './sessions.ts';

/** What the console must remember between sending a browser to the provider and seeing it again. */
export type Attempt = { state: string; nonce: string; verifier: string };

/** The OpenID provider, as far as the console needs it. Every function throws when it does not answer. */
export type IdentityProvider = {
  /** Where to send the browser, and what to expect when it comes back. */
  begin(): Promise<{ url: URL; attempt: Attempt }>;
  /** Trades the code in the URL to which the provider sent the browser back. Throws when the answer is not to this attempt. */
  finish(url: URL, attempt: Attempt): Promise<Tokens>;
  /** Undefined when the provider takes the sign-in for ended. */
  renew(tokens: Tokens): Promise<Tokens | undefined>;
  /** Where the browser ends its session with the provider as well; undefined where the provider has no such page. */
  endUrl(tokens: Tokens): Promise<URL | undefined>;
};

/**
 * Speaks OpenID Connect: authorization code with PKCE, state and nonce (RFC 9700, 2.1). The provider is asked for its
 * metadata when first needed, and again until it answers.
 */
export function connectIdentityProvider(config: Config): IdentityProvider {
  let discovered: Promise<oidc.Configuration> | undefined;
  const provider = async () => {
    discovered ??= discover(config);
    discovered.catch(() => (discovered = undefined));
    return discovered;
  };
  const resource = config.OIDC_RESOURCE === undefined ? {} : { resource: config.OIDC_RESOURCE };

  return {
    async begin() {
      const attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: `${config.CONSOLE_URL}/callback`,
        scope: config.OIDC_SCOPE,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
        ...resource,
      });
      return { url, attempt };
    },
    async finish(url, { state, nonce, verifier }) {
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const answer = await oidc.authorizationCodeGrant(await provider(), url, checks, resource);
      return toTokens(answer, { idToken: '' });
    },
    async renew(tokens) {
      if (tokens.refreshToken === undefined) return undefined;
      try {
        return toTokens(await oidc.refreshTokenGrant(await provider(), tokens.refreshToken, resource), tokens);
      } catch (error) {
        if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return undefined;
        throw error;
      }
    },
    async endUrl({ idToken }) {
      const configuration = await provider();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
      return oidc.buildEndSessionUrl(configuration, {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${config.CONSOLE_URL}/`,
      });
    },
  };
}

function discover({ OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET }: Config): Promise<oidc.Configuration> {
  const issuer = new URL(OIDC_ISSUER);
  const clientAuthentication = oidc.ClientSecretBasic(OIDC_CLIENT_SECRET);
  return oidc.discovery(issuer, OIDC_CLIENT_ID, undefined, clientAuthentication, {
    timeout: 5,
    execute: issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
  });
}

/** A refresh need not give a new ID token or refresh token: then the old ones stay (RFC 6749, section 6). */
function toTokens(answer: Answer, before: Pick<Tokens, 'idToken' | 'refreshToken'>): Tokens {
  const refreshToken = answer.refresh_token ?? before.refreshToken;
  return {
    accessToken: answer.access_token,
    idToken: answer.id_token ?? before.idToken,
    ...(refreshToken !== undefined && { refreshToken }),
    expiresAt: Date.now() + (answer.expiresIn() ?? 300) * 1000,
  };
}

type Answer = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;
