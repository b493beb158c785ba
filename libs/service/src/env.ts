import { z } from 'zod';

/** The environment lacks or misstates variables; the message names every one, a line each. */
export class ConfigError extends Error {}

/** host:port as two values; port 0 lets the system choose. */
export type ListenAddress = { host: string; port: number };

/**
 * Reads a service's configuration. Keys of the schema are names of environment variables; empty counts as unset.
 * @throws ConfigError that lists everything wrong at once
 */
export function readEnv<Schema extends z.ZodObject>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `  ${name}: ${present[name] === undefined ? 'is not set' : message}`;
  });
  throw new ConfigError(`The environment is not complete:\n${lines.join('\n')}`);
}

/** A variable of the form host:port or [ipv6]:port. */
export const listenAddress = z.string().transform((text, context): ListenAddress => {
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
  const [, ipv6, host, port] = match ?? [];
  if (port === undefined || Number(port) > 65_535) {
    context.addIssue('must be host:port, for example 127.0.0.1:8080');
    return z.NEVER;
  }
  return { host: ipv6 ?? host ?? '', port: Number(port) };
});

/** host:port as one text, an IPv6 address in brackets. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Makes a parser fit for `transform`: the message of what it throws says what is wrong with the variable. */
export function parsing<Value>(parse: (text: string) => Value) {
  return (text: string, context: z.RefinementCtx): Value => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
      return z.NEVER;
    }
  };
}

/** What every service is told. */
export const commonFields = {
  NATS_URL: z
    .string()
    .refine(areNatsUrls, 'must be nats://[user:password@]host:port, or several of them separated by commas'),
  ADMIN_LISTEN: listenAddress,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
};

/** What a service with a gRPC interface is told besides. */
export const grpcFields = {
  GRPC_LISTEN: listenAddress,
  AUTH_ISSUER: z.url(),
  AUTH_JWKS_URL: z.url(),
  AUTH_AUDIENCE: z.string().default('longwire'),
};

export type GrpcConfig = z.infer<z.ZodObject<typeof grpcFields>>;

function areNatsUrls(text: string): boolean {
  const urls = text.split(',').map((part) => URL.parse(part.trim()));
  return urls.every((url) => url?.protocol === 'nats:' && url.host !== '');
}
