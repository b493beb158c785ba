import { commonFields, listenAddress, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  CLICKHOUSE_LISTEN: listenAddress,
  /** The engine's one folder; made when it is not there. */
  CLICKHOUSE_DATA_DIR: z.string(),
  CLICKHOUSE_USER: z.string().default('default'),
  /** Never empty: any web page may send a request to a port of this machine. */
  CLICKHOUSE_PASSWORD: z.string(),
  /** Made when it is not there; where a statement runs that names no other. */
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be an identifier')
    .default('default'),
  LOG_LEVEL: commonFields.LOG_LEVEL,
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
