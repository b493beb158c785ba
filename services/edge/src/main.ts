import cluster from 'node:cluster';
import { readConfig } from './config.ts';

if (cluster.isWorker) {
  // A worker loads what it needs and no more: gRPC and NATS are for the primary.
  const { createLogger } = await import('@longwire/service/logger');
  const { work } = await import('./worker.ts');
  const config = readConfig(process.env);
  work(config, createLogger('edge', config.LOG_LEVEL).child({ worker: process.pid }));
} else {
  const { run } = await import('@longwire/service');
  const { start } = await import('./service.ts');
  await run('edge', readConfig, start);
}
