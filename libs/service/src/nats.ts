import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from './logger.ts';

/**
 * Connects to NATS and stays connected: it tries for ever, at the start as well, so that services may start in any order.
 * @param url nats://[user:password@]host:port, several separated by commas; the first one's user counts
 */
export async function connectNats(url: string, name: string, log: Logger): Promise<NatsConnection> {
  const urls = url.split(',').map((part) => new URL(part.trim()));
  const user = decodeURIComponent(urls[0]?.username ?? '');
  const connection = await connect({
    servers: urls.map(({ host }) => host),
    ...(user && { user, pass: decodeURIComponent(urls[0]?.password ?? ''), inboxPrefix: `_INBOX_${user}` }),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    waitOnFirstConnect: true,
    pingInterval: 10_000,
  });
  void report(connection, log);
  return connection;
}

async function report(connection: NatsConnection, log: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn('nats disconnected');
    if (status.type === 'reconnect') log.info('nats reconnected');
    if (status.type === 'error') log.error({ err: status.error }, 'nats error');
  }
}
