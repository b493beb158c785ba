import cluster from 'node:cluster';
import { createLogger, run } from '@longwire/service';
import { readConfig } from './config.ts';

if (cluster.isWorker) {
  const { work } = await import('./worker.ts');
  const config = readConfig(process.env);
  work(config, createLogger('edge', config.LOG_LEVEL).child({ worker: process.pid }));
} else {
  const { start } = await import('./service.ts');
  await run('edge', readConfig, start);
}
