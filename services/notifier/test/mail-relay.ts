import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What the relay says to a mail whose bytes it has taken: nothing at all, or a refusal such as `451 4.3.0 Busy`. */
type Refusal = { responseCode: number; message: string };

export type MailRelay = AsyncDisposable & {
  port: number;
  /** All that was taken, in its order, refused or not. */
  mails: ParsedMail[];
  /** Asked with each mail; undefined accepts it. A promise that does not settle leaves the client waiting. */
  answer: (mail: ParsedMail) => Refusal | undefined | Promise<Refusal | undefined>;
};

/**
 * A real SMTP server: where the world begins.
 * @param tls with this certificate it offers STARTTLS, and takes mail over TLS alone
 */
export async function startMailRelay(port = 0, tls?: { cert: string; key: string }): Promise<MailRelay> {
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 100, // Clients keep their connections.
    disabledCommands: tls ? ['AUTH'] : ['STARTTLS', 'AUTH'],
    ...tls,
    onMailFrom: (_address, session, callback) =>
      callback(tls && !session.secure ? Object.assign(new Error('5.7.0 TLS first'), { responseCode: 530 }) : null),
    onData(stream, _session, callback) {
      simpleParser(stream)
        .then(async (mail) => {
          relay.mails.push(mail);
          const refusal = await relay.answer(mail);
          callback(refusal && Object.assign(new Error(refusal.message), refusal));
        })
        .catch(callback);
    },
  });
  // A client that is killed resets its connection.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const relay: MailRelay = {
    port: (server.server.address() as AddressInfo).port,
    mails: [],
    answer: () => undefined,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
  return relay;
}
