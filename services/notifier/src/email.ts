import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { DeliveryFailure, errorCode } from './failure.ts';
import type { Email } from './templates.ts';

const connectTimeoutMs = 10_000;
const answerTimeoutMs = 20_000;

export type Mailer = Disposable & {
  /**
   * Gives a mail to the relay and returns its Message-ID, which is the same each time for an id.
   * @throws DeliveryFailure permanent for a 5xx answer to the message (RFC 5321, 4.2.1), temporary for all else
   */
  send(id: string, to: string, email: Email): Promise<string>;
};

/** The key that signs mail for the sender's domain (DKIM, RFC 6376), and the selector under which the DNS has the public one. */
export type Dkim = { selector: string; /** PEM. */ privateKey: string };

/**
 * Sends mail over a few pooled SMTP connections.
 * @param url smtp[s]://[user:password@]host[:port]
 * @param from the sender's bare address
 */
export function createMailer(url: string, from: string, dkim?: Dkim): Mailer {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const transport = createTransport({
    url,
    pool: true,
    // Each attempt is ours: the pool would send again when a connection breaks after the message.
    maxRequeues: 0,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    socketTimeout: answerTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dkim && { dkim: { domainName: domain, keySelector: dkim.selector, privateKey: dkim.privateKey } }),
  });
  return {
    async send(id, to, { subject, text, html }) {
      const messageId = `<${id}@${domain}>`;
      try {
        await transport.sendMail({
          messageId,
          from,
          // As an object the address is taken as one, whatever it is made of.
          to: { name: '', address: to },
          subject,
          text,
          html,
          headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834: no vacation answers.
        });
        return messageId;
      } catch (error) {
        throw toFailure(error);
      }
    },
    [Symbol.dispose]: () => transport.close(),
  };
}

const smtpError = z
  .object({ code: z.string(), responseCode: z.number(), response: z.string(), command: z.string() })
  .partial();

/** Keeps the codes of an error, the reply and enhanced status code (RFC 3463) of an answer; drops all text. */
function toFailure(error: unknown): DeliveryFailure {
  const { code, responseCode, response = '', command = '' } = smtpError.safeParse(error).data ?? {};
  if (responseCode === undefined) return new DeliveryFailure(`mail relay: ${errorCode(error)}`, code === 'EENVELOPE');
  const enhanced = /(?<=^\d{3}[ -])[245]\.\d{1,3}\.\d{1,3}\b/.exec(response)?.[0];
  const aboutMessage = ['MAIL FROM', 'RCPT TO', 'DATA'].includes(command);
  const words = ['mail relay answered', responseCode, enhanced, aboutMessage && `to ${command}`];
  // A refused greeting or login is about our account, not about the message: it lasts until an operator has repaired it.
  return new DeliveryFailure(words.filter(Boolean).join(' '), aboutMessage && responseCode >= 500);
}
