import { availableParallelism } from 'node:os';
import { parseAddressRanges } from '@longwire/origins';
import { commonFields, listenAddress, parsing, readEnv } from '@longwire/service/env';
import { z } from 'zod';
import { readAuthorities } from './origin-trust.ts';

const milliseconds = z.coerce.number().int().min(0).max(3_600_000);

const limit = z.coerce.number().int().min(0);

const networks = z.string().default('').transform(parsing(parseAddressRanges));

const authorities = z.string().transform(parsing(readAuthorities));

const fields = z.object({
  ...commonFields,
  EDGE_LISTEN: listenAddress,
  /** A NATS subject token, so that samples and status can be found under it. */
  EDGE_ID: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be letters, digits, - and _')
    .optional(),
  EDGE_STATE_DIR: z.string(),
  /** Processes that carry clients; 1 means that the edge's only process does. */
  EDGE_WORKERS: z.coerce.number().int().min(1).max(256).default(availableParallelism()),
  /** From SIGTERM, in milliseconds: accepting goes on for so long, then closes are spread over so long, at last all is cut. */
  EDGE_DRAIN_ACCEPT_MS: milliseconds.default(5_000),
  EDGE_DRAIN_SPREAD_MS: milliseconds.default(10_000),
  EDGE_DRAIN_DEADLINE_MS: milliseconds.default(20_000),
  ORIGIN_ALLOW: networks,
  /** Authorities that may vouch for origins besides those that Node trusts, in PEM. */
  EDGE_ORIGIN_CA_FILE: authorities.default([]),
  /** Where TLS is spoken besides, and the folder of its certificates. */
  EDGE_TLS_LISTEN: listenAddress.optional(),
  EDGE_TLS_DIR: z.string().optional(),
  /** From where connections begin with a PROXY header. */
  EDGE_PROXY_PROTOCOL_FROM: networks,
  /** Whose forwarding fields are believed. */
  EDGE_TRUSTED_NETWORKS: networks,
  EDGE_MAX_CONNECTIONS_PER_IP: limit.default(0),
  EDGE_HANDSHAKES_PER_SECOND_PER_IP: limit.default(0),
  EDGE_MAX_CONNECTIONS: limit.min(1).optional(),
  EDGE_MAX_MEMORY_MB: limit.min(1).optional(),
  EDGE_MAX_LAG_MS: limit.min(1).default(500),
});

const schema = fields.refine(
  ({ EDGE_TLS_LISTEN: listen, EDGE_TLS_DIR: dir }) => listen === undefined || dir !== undefined,
  { path: ['EDGE_TLS_DIR'], error: 'is needed for TLS' },
);

export type Config = z.infer<typeof schema>;

/** Reads the edge's environment. @throws ConfigError that lists everything wrong at once */
export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
