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

/** What every service is told. */
export const commonFields = {
  NATS_URL: z.string().regex(/^nats:\/\//, 'must start with nats://'),
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
