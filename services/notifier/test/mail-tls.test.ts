import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { selfSigned } from '../../edge/test/certificate.ts';
import { startMailRelay } from './mail-relay.ts';
import { startWorld, untilStates } from './world.ts';

test('mail goes over TLS to a relay whose certificate is trusted, and to no other', async () => {
  await using world = await startWorld();
  const certificate = selfSigned('127.0.0.1');
  await using relay = await startMailRelay(0, certificate);
  const env = { SMTP_URL: `smtp://127.0.0.1:${relay.port}?requireTLS=true`, NOTIFIER_MAX_ATTEMPTS: '1' };
  const wary = await world.startNotifier(env);
  await world.createAccount();
  await world.approve();
  const [untold] = await untilStates(wary.client, 'STATE_FAILED', 'STATE_SENT');
  expect(untold?.lastError).toMatch(/^mail relay: (DEPTH_ZERO_SELF_SIGNED_CERT|ESOCKET|ETLS)$/);
  expect(relay.mails).toEqual([]);
  await wary.stop();

  const authority = join(tmpdir(), `longwire-${randomUUID()}.pem`);
  await using _file = { [Symbol.asyncDispose]: () => rm(authority) };
  await writeFile(authority, certificate.cert);
  const trusting = await world.startNotifier({ ...env, NODE_EXTRA_CA_CERTS: authority });
  await trusting.client.resendNotification({ notificationId: untold?.notificationId ?? '' });
  await untilStates(trusting.client, 'STATE_SENT', 'STATE_SENT');
  expect(relay.mails).toHaveLength(1);
});
