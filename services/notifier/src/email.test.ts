import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { expect, test } from 'vitest';
import { createMailer } from './email.ts';

const email = { subject: 'Hello', text: 'text', html: '<p>text</p>' };

test('an address that the relay refuses fails for good, and is not quoted', async () => {
  await using relay = await startRelay({
    onRcptTo: ({ address }, _, callback) => callback(reply(550, `5.1.1 <${address}> is unknown`)),
  });
  await expect(relay.send('ada@acme.example')).rejects.toMatchObject({
    message: 'mail relay answered 550 5.1.1 to RCPT TO',
    permanent: true,
  });
});

test('what is not one address fails for good, and nobody gets the mail', async () => {
  const recipients: string[] = [];
  await using relay = await startRelay({
    onRcptTo: ({ address }, _, callback) => {
      recipients.push(address);
      callback();
    },
  });
  for (const to of ['', 'nobody', 'ada@acme.example\r\nRCPT TO:<eve@acme.example>']) {
    await expect(relay.send(to)).rejects.toMatchObject({ permanent: true });
  }
  expect(recipients).toEqual([]);
});

test('a refused login is tried again: it is about our account, not about the message', async () => {
  await using relay = await startRelay(
    { authOptional: false, onAuth: (_auth, _session, callback) => callback(reply(535, '5.7.8 user desk is unknown')) },
    'desk:secret@',
  );
  await expect(relay.send('ada@acme.example')).rejects.toMatchObject({
    message: 'mail relay answered 535 5.7.8',
    permanent: false,
  });
});

test('a relay that takes nobody in is tried again', async () => {
  await using relay = await startRelay({ onConnect: (_, callback) => callback(reply(554, 'not for 127.0.0.1')) });
  await expect(relay.send('ada@acme.example')).rejects.toMatchObject({
    message: 'mail relay answered 554',
    permanent: false,
  });
});

test('a relay without STARTTLS gets nothing when the URL asks for TLS', async () => {
  await using relay = await startRelay({}, '', '?requireTLS=true');
  await expect(relay.send('ada@acme.example')).rejects.toMatchObject({ permanent: false });
});

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

async function startRelay(options: SMTPServerOptions, login = '', query = '') {
  const server = new SMTPServer({ authOptional: true, hideSTARTTLS: true, closeTimeout: 100, ...options });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const mailer = createMailer(`smtp://${login}127.0.0.1:${port}${query}`, 'desk@longwire.example');
  return {
    send: (to: string) => mailer.send('n1', to, email),
    async [Symbol.asyncDispose]() {
      mailer[Symbol.dispose]();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}
