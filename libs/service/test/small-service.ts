import { z } from 'zod';
import { serveAdmin } from '../src/admin.ts';
import { commonFields, readEnv } from '../src/env.ts';
import { run } from '../src/run.ts';

const schema = z.object({ ...commonFields, SLOW: z.string().optional(), FAIL: z.string().optional() });

await run(
  'small',
  (env) => readEnv(schema, env),
  async (config, log) => {
    const admin = await serveAdmin(config.ADMIN_LISTEN, () => []);
    return {
      ...(config.FAIL && { failed: Promise.reject(new Error('a part has failed')) }),
      async [Symbol.asyncDispose]() {
        if (config.SLOW) await new Promise(() => setInterval(() => {}, 1_000));
        await admin[Symbol.asyncDispose]();
        log.info('stopped in order');
      },
    };
  },
);
