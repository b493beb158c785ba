import { fileURLToPath } from 'node:url';
import { commonFields, listenAddress, readEnv } from '@longwire/service';
import { z } from 'zod';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

const schema = z.object({
  ...commonFields,
  /** Where the pages and the HTTP API are served. */
  CONSOLE_LISTEN: listenAddress,
  /** What people type to come here: the origin that requests must have, and the base of the redirect URI. */
  CONSOLE_URL: httpUrl.refine((url) => new URL(url).origin === url, 'must be an origin, without a path'),
  /** Where the built pages are. */
  CONSOLE_PAGES_DIR: z.string().default(fileURLToPath(new URL('../dist', import.meta.url))),
  OIDC_ISSUER: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  OIDC_CLIENT_ID: z.string(),
  OIDC_CLIENT_SECRET: z.string(),
  /** Scopes asked for; offline_access keeps a session alive longer than one access token. */
  OIDC_SCOPE: z.string().default('openid profile email offline_access'),
  /** The resource that access tokens are for (RFC 8707), where the issuer wants to be told. */
  OIDC_RESOURCE: z.url().optional(),
  /** The gRPC addresses of the services, as http://host:port or https://host:port. */
  ACTIVATION_URL: httpUrl,
  CONFIG_URL: httpUrl,
  METRICS_URL: httpUrl,
  NOTIFIER_URL: httpUrl,
  /** Where clients reach the edges when their domains' DNS does not lead there yet: ws://host:port. */
  EDGE_URL: z.url({ protocol: /^wss?$/, error: 'must be a ws or wss URL' }).optional(),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
