import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { formatAddress } from '@longwire/service/env';
import type { ListenAddress, Logger } from '@longwire/service';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerSession } from 'smtp-server';
import { readAll } from '../serve.ts';
import type { Failures } from './failures.ts';
import type { Email } from './message.ts';
import type { Store } from './store.ts';

// A thousand of them are kept, in memory too.
const largestMail = 256 * 1024;

/** An SMTP server (RFC 5321) that takes mail for anybody and keeps it. 250 means that it is on the disk. */
export async function serveSmtp(
  listen: ListenAddress,
  store: Store,
  failures: Failures,
  log: Logger,
): Promise<AsyncDisposable & { address: string }> {
  const server = new SMTPServer({
    banner: 'Longwire inbox',
    // Nothing leaves this machine: no login, no TLS.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: largestMail,
    maxClients: 50,
    closeTimeout: 2000,
    onData(stream, session, done) {
      receive(stream, session).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });

  async function receive(stream: Readable, session: SMTPServerSession): Promise<void> {
    const raw = await readAll(stream, largestMail);
    if (failures.strikes('email')) throw reply(451, '4.3.0 Turned away as asked; try again');
    if (!raw) throw reply(552, '5.3.4 Message too big');
    await store.add(await toEmail(raw, session));
  }

  // A client that resets its connection is no reason to end.
  server.on('error', (error) => log.debug({ err: error }, 'smtp connection failed'));
  server.listen(listen.port, listen.host);
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    address: formatAddress({ host: listen.host, port }),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function toEmail(raw: Buffer, { envelope }: SMTPServerSession): Promise<Email> {
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipImageLinks: true });
  return {
    kind: 'email',
    id: mail.messageId ?? randomUUID(),
    receivedAt: new Date().toISOString(),
    from: mail.from?.text ?? (envelope.mailFrom ? envelope.mailFrom.address : ''),
    to: envelope.rcptTo.map(({ address }) => address),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    ...(mail.html ? { html: mail.html } : {}),
  };
}

const reply = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });
