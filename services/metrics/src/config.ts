import { commonFields, grpcFields, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ...commonFields,
  ...grpcFields,
  /** ClickHouse's HTTP interface; the database must exist. */
  CLICKHOUSE_URL: z
    .url({ protocol: /^https?$/, error: 'must be http://user:password@host:port/database' })
    .refine((url) => URL.parse(url)?.pathname !== '/', 'must end with the name of the database'),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
