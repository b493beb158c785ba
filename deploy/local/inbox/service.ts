import type { Logger, Service } from '@longwire/service';
import { serveHttp } from '../serve.ts';
import type { Config } from './config.ts';
import { createFailures } from './failures.ts';
import { createHandler } from './http.ts';
import { serveSmtp } from './smtp.ts';
import { openStore } from './store.ts';

/** Where email and SMS end on a machine that sends none: an SMTP server and an SMS provider with one page for both. */
export async function start(
  config: Config,
  log: Logger,
): Promise<Service & { httpAddress: string; smtpAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore(config.INBOX_STATE_DIR));
  const failures = createFailures();
  const smtp = stack.use(await serveSmtp(config.INBOX_SMTP_LISTEN, store, failures, log));
  const http = stack.use(await serveHttp(config.INBOX_HTTP_LISTEN, createHandler(store, failures, config.SMS_SECRET)));
  log.info({ http: http.address, smtp: smtp.address }, 'listening');
  return Object.assign(stack.move(), { httpAddress: http.address, smtpAddress: smtp.address });
}
