import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import { createMailer } from './email.ts';

test("with a key, mail is signed for the sender's domain so that anybody can verify it", async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const received: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onData: (stream, _session, callback) => void text(stream).then((mail) => callback(void received.push(mail))),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const dkim = { selector: 'one', privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  using mailer = createMailer(`smtp://127.0.0.1:${port}`, 'desk@longwire.example', dkim);
  await mailer.send('n1', 'ada@acme.example', { subject: 'WebSocket 已开通', text: 'text\n', html: '<p>text</p>' });
  server.close();

  const [mail = ''] = received;
  const { tags, bodyHash, signedHeaders } = readDkim(mail);
  expect(tags).toMatchObject({ a: 'rsa-sha256', c: 'relaxed/relaxed', d: 'longwire.example', s: 'one' });
  expect(tags['h']?.toLowerCase().split(':')).toEqual(expect.arrayContaining(['from', 'to', 'subject', 'message-id']));
  expect(bodyHash).toBe(tags['bh']);
  const signature = Buffer.from(tags['b'] ?? '', 'base64');
  expect(verify('sha256', Buffer.from(signedHeaders), publicKey, signature)).toBe(true);
  expect(verify('sha256', Buffer.from(signedHeaders.replace('acme', 'evil')), publicKey, signature)).toBe(false);
});

/** What a verifier computes of a mail by the relaxed canonicalizations (RFC 6376, 3.4.2 and 3.4.4). */
function readDkim(mail: string) {
  const end = mail.indexOf('\r\n\r\n');
  const fields = mail.slice(0, end).split(/\r\n(?![ \t])/);
  const named = (name: string) => fields.findLast((field) => field.toLowerCase().startsWith(`${name}:`)) ?? '';
  const relaxed = (field: string) => {
    const [name = '', ...value] = field.split(':');
    return `${name.toLowerCase().trim()}:${value.join(':').replaceAll(/\s+/g, ' ').trim()}`;
  };
  const own = named('dkim-signature');
  const pairs = relaxed(own).slice('dkim-signature:'.length).split(';');
  const tags = Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.trim().split('=');
      return [name, value.join('=').replaceAll(' ', '')];
    }),
  );
  const body = mail
    .slice(end + 4)
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ \r\n/g, '\r\n')
    .replace(/(\r\n)*$/, '\r\n');
  const unsigned = relaxed(own.replace(/(\bb=)[^;]*$/, '$1'));
  const headers = (tags['h'] ?? '').split(':').map((name) => relaxed(named(name.toLowerCase())));
  return {
    tags,
    bodyHash: createHash('sha256').update(body).digest('base64'),
    signedHeaders: [...headers, unsigned].join('\r\n'),
  };
}
