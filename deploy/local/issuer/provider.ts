import { Provider } from 'oidc-provider';
import type { AdapterFactory, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from './config.ts';
import { errorPage, signedOutPage, signOutPage } from './pages.ts';
import type { Keys, User, Users } from './state.ts';

// The one API there is, as a resource indicator (RFC 8707); the `aud` of its tokens.
const resource = 'urn:longwire';
const audience = 'longwire';

const hour = 3600;
const day = 24 * hour;

/** OpenID Connect with code flow and PKCE for the console, client credentials for programs, and JWTs for the services. */
export function createProvider(
  config: Config,
  { users, clients }: Users,
  keys: Keys,
  adapter: AdapterFactory,
): Provider {
  const userBySubject = new Map(users.map((user) => [user.subject, user]));
  const claimsByClient = new Map(clients.map(({ clientId, roles, account }) => [clientId, { roles, account }]));
  const configuration: Configuration = {
    adapter,
    jwks: keys.jwks,
    cookies: { keys: keys.cookieKeys },
    clients: [consoleClient(config), ...clients.map(machineClient)],
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub', 'roles', 'account'], email: ['email', 'email_verified'], profile: ['name'] },
    // The ID token carries what the scopes name: tokens for the API are not good for the userinfo endpoint.
    conformIdTokenClaims: false,
    findAccount: (_, subject) => {
      const user = userBySubject.get(subject);
      return user && { accountId: subject, claims: () => idClaims(user) };
    },
    extraTokenClaims: (_, token) => {
      const claims =
        'accountId' in token ? userBySubject.get(token.accountId) : claimsByClient.get(token.clientId ?? '');
      return claims && { roles: claims.roles, account: claims.account };
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: hour,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => void (ctx.body = signOutPage(form)),
        postLogoutSuccessSource: (ctx) => void (ctx.body = signedOutPage()),
      },
    },
    // There is nothing to consent to: the console is part of the suite.
    loadExistingGrant: grantAll,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    clientBasedCORS: () => false,
    renderError: (ctx, { error, error_description: description }) => {
      ctx.type = 'html';
      ctx.body = errorPage(error, description);
    },
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      ClientCredentials: hour,
      Grant: 14 * day,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: 14 * day,
      Session: day,
    },
  };
  return new Provider(config.ISSUER_URL, configuration);
}

function consoleClient({ ISSUER_CLIENT_SECRET: secret, ISSUER_REDIRECT_URI: redirectUri }: Config) {
  return {
    client_id: 'console',
    client_name: 'Longwire console',
    client_secret: secret,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [new URL('/', redirectUri).href],
  };
}

const machineClient = ({ clientId, clientSecret }: Users['clients'][number]) => ({
  client_id: clientId,
  client_secret: clientSecret,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
});

const idClaims = ({ subject, email, name, roles, account }: User) => ({
  sub: subject,
  email,
  email_verified: true,
  name,
  roles,
  ...(account === undefined ? {} : { account }),
});

async function grantAll({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider, result } = oidc;
  if (!client || !session?.accountId) return undefined;
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid email profile offline_access');
  await grant.save();
  return grant;
}
