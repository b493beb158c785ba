import { z } from 'zod';
import { serveAdmin } from '../src/admin.ts';
import { commonFields, readEnv } from '../src/env.ts';
import { run } from '../src/run.ts';

const flag = z.string().optional();
const schema = z.object({ ...commonFields, WAIT: flag, SLOW: flag, FAIL: flag });

await run(
  'small',
  (env) => readEnv(schema, env),
  async (config, log) => {
    const admin = await serveAdmin(config.ADMIN_LISTEN, () => []);
    log.info('admin interface is there');
    if (config.WAIT) await new Promise(() => {});
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
