import { availableParallelism } from 'node:os';
import { parseOriginAllow } from '@longwire/origins';
import { commonFields, listenAddress, readEnv } from '@longwire/service/env';
import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(0).max(3_600_000);

const schema = z.object({
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
  ORIGIN_ALLOW: z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return parseOriginAllow(text);
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : 'is not a list of ranges');
        return z.NEVER;
      }
    }),
});

export type Config = z.infer<typeof schema>;

/** Reads the edge's environment. @throws ConfigError that lists everything wrong at once */
export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
