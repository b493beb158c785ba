import { ConfigError } from './env.ts';
import { createLogger } from './logger.ts';
import type { Logger } from './logger.ts';

const usualStopBudgetMs = 25_000; // Kubernetes kills after 30 s unless told otherwise.

/** A running service. Disposing stops it in the reverse order of its start. */
export type Service = AsyncDisposable & {
  /** Rejects when a part that must not stop has stopped; the process then ends, to be started anew. */
  failed?: Promise<never>;
  /** How long stopping may take before the process ends as it is; 25 s unless said. */
  stopBudgetMs?: number;
};

/**
 * The life of a service's process: read the configuration, start, wait for SIGTERM, SIGINT or the end of the parent, stop.
 * A second signal ends it now; one is enough while it starts, when it may wait for others for ever.
 * Exit codes: 0 stopped as asked, 1 failed, 2 bad configuration.
 */
export async function run<Config extends { LOG_LEVEL: string }>(
  name: string,
  readConfig: (env: NodeJS.ProcessEnv) => Config,
  start: (config: Config, log: Logger) => Promise<Service>,
): Promise<void> {
  const config = readOrExplain(readConfig);
  if (!config) return;
  const log = createLogger(name, config.LOG_LEVEL);
  const asked = stopAsked(log);
  try {
    const service = await Promise.race([start(config, log), asked]);
    if (service) await live(service, asked, log);
    log.info('stopped');
  } catch (error) {
    log.fatal({ err: error }, 'failed');
    process.exitCode = 1;
  }
  // The channel to a parent and idle keep-alive sockets would hold the process; all that matters is closed.
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.removeAllListeners(event);
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(), 500).unref();
}

/** Until it is asked to stop, or has failed; then stops it. */
async function live(service: Service, asked: Promise<void>, log: Logger): Promise<void> {
  log.info('started');
  try {
    await Promise.race([asked, ...(service.failed ? [service.failed] : [])]);
  } finally {
    const { stopBudgetMs = usualStopBudgetMs } = service;
    setTimeout(() => exitNow(log, 'did not stop in time'), stopBudgetMs).unref();
    await service[Symbol.asyncDispose]();
  }
}

function readOrExplain<Config>(readConfig: (env: NodeJS.ProcessEnv) => Config): Config | undefined {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
    return undefined;
  }
}

function stopAsked(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = (why: string) => {
      if (asked) exitNow(log, 'asked twice to stop');
      asked = true;
      log.info({ why }, 'stopping');
      resolve();
    };
    process.on('SIGTERM', ask).on('SIGINT', ask);
    process.once('disconnect', () => !asked && ask('parent is gone'));
  });
}

function exitNow(log: Logger, why: string): never {
  log.warn({ why }, 'exiting now');
  process.exit(1);
}
