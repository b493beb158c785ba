import { run } from '@longwire/service';
import { readConfig } from './config.ts';
import { start } from './service.ts';

await run('issuer', readConfig, start);
