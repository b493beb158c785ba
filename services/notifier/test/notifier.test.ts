import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { Channel } from '@longwire/contracts/notifier/v1/notification';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { ensureBucket } from '@longwire/eventlog';
import { expect, test } from 'vitest';
import { startMailRelay } from './mail-relay.ts';
import { startSmsProvider } from './sms-provider.ts';
import { ada, smsSecret, startWorld, untilStates } from './world.ts';

test('an approval reaches the applicant by email and SMS', async () => {
  await using world = await startWorld();
  const { client, adminAddress } = await world.startNotifier();
  await world.createAccount();
  const applicationId = await world.approve();

  const [email, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const [mail] = world.relay.mails;
  expect(world.relay.mails).toHaveLength(1);
  expect(mail).toMatchObject({
    subject: 'WebSocket is activated for Acme',
    from: { text: 'desk@longwire.example' },
    to: { text: ada.email },
    messageId: `<acme-${applicationId}-approved-email@longwire.example>`,
    text: expect.stringContaining('Hello Ada Lovelace,'),
    html: expect.stringContaining('You can now enable it'),
  });
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
  expect(world.provider.requests).toEqual([
    {
      id: `acme-${applicationId}-approved-sms`,
      to: ada.phoneNumber,
      text: 'WebSocket is activated for Acme. You can now enable it for your domains.',
    },
  ]);
  expect(email).toMatchObject({
    accountId: 'acme',
    channel: Channel.CHANNEL_EMAIL,
    template: 'application-approved',
    attemptCount: 1,
    lastError: '',
    providerMessageId: mail?.messageId,
    createTime: expect.any(Date),
    sentTime: expect.any(Date),
  });
  expect(sms?.providerMessageId).toBe(`provider-${sms?.notificationId}`);
  const metrics = await (await fetch(`http://${adminAddress}/metrics`)).text();
  expect(metrics).toContain('longwire_notifier_attempts_total{channel="email",outcome="sent"} 1');
});

test('a rejection tells its reason', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier();
  await world.createAccount();
  const rejected = { type: 'ApplicationRejected', applicationId: randomUUID(), reason: 'The licence <expired>.' };
  await world.decide('acme', rejected);

  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(world.relay.mails[0]?.text).toContain('The licence <expired>.');
  expect(world.relay.mails[0]?.html).toContain('The licence &lt;expired&gt;.');
  expect(world.provider.requests[0]?.text).toBe('WebSocket is not activated for Acme: The licence <expired>.');
});

test('what cannot be delivered is tried again until the relay and the provider are there', async () => {
  await using world = await startWorld();
  const { relay, provider } = world;
  await relay[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  const { client } = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  await expect
    .poll(async () => (await client.listNotifications({})).notifications.map(({ attemptCount }) => attemptCount >= 2), {
      timeout: 20_000,
      interval: 20,
    })
    .toEqual([true, true]);

  await using relayAgain = await startMailRelay(relay.port);
  await using providerAgain = await startSmsProvider(smsSecret, provider.port);
  const [email, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(email?.attemptCount).toBeGreaterThan(2);
  expect(email?.lastError).toBe('mail relay: ECONNREFUSED');
  expect(sms?.lastError).toBe('SMS provider does not answer: ECONNREFUSED');
  expect(relayAgain.mails).toHaveLength(1);
  expect(providerAgain.phone.size).toBe(1);
});

test('a temporary refusal is recorded as an attempt and tried again', async () => {
  await using world = await startWorld();
  world.relay.answer = () =>
    world.relay.mails.length === 1 ? { responseCode: 451, message: `4.3.2 busy, ${ada.email}` } : undefined;
  world.provider.answer = () => (world.provider.requests.length === 1 ? { status: 503, body: ada } : undefined);
  const { client } = await world.startNotifier();
  await world.createAccount();
  await world.approve();

  const [email, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(email).toMatchObject({ attemptCount: 2, lastError: 'mail relay answered 451 4.3.2 to DATA' });
  expect(sms).toMatchObject({ attemptCount: 2, lastError: 'SMS provider answered 503' });
});

test('a permanent refusal fails at once, tells no address, and can be resent once it is repaired', async () => {
  await using world = await startWorld();
  world.relay.answer = () => ({ responseCode: 550, message: `5.1.1 <${ada.email}> ${ada.name} is unknown` });
  world.provider.answer = ({ to }) => ({ status: 400, body: { error: `${to} is not a mobile number` } });
  const { client } = await world.startNotifier();
  await world.createAccount();
  await world.approve();

  const [email, sms] = await untilStates(client, 'STATE_FAILED', 'STATE_FAILED');
  expect(email).toMatchObject({ attemptCount: 1, lastError: 'mail relay answered 550 5.1.1 to DATA' });
  expect(sms).toMatchObject({ attemptCount: 1, lastError: 'SMS provider answered 400' });

  world.relay.answer = () => undefined;
  world.provider.answer = () => undefined;
  const requestId = randomUUID();
  for (const notificationId of [email?.notificationId, sms?.notificationId]) {
    await client.resendNotification({ notificationId: notificationId ?? '', requestId });
  }
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const repeated = await client.resendNotification({ notificationId: email?.notificationId ?? '', requestId });
  expect(repeated.notification).toMatchObject({ attemptCount: 1, providerMessageId: world.relay.mails[1]?.messageId });
  expect(world.relay.mails[1]?.messageId).toBe(world.relay.mails[0]?.messageId);
  expect(world.provider.requests[1]?.id).toBe(world.provider.requests[0]?.id);
  expect(world.relay.mails).toHaveLength(2);
});

test('the last attempt fails the notification', async () => {
  await using world = await startWorld();
  world.relay.answer = () => ({ responseCode: 421, message: 'later' });
  world.provider.answer = () => ({ status: 429, body: {} });
  const { client } = await world.startNotifier({ NOTIFIER_MAX_ATTEMPTS: '3', NOTIFIER_RETRY_BASE_MS: '5' });
  await world.createAccount();
  await world.approve();

  const [email, sms] = await untilStates(client, 'STATE_FAILED', 'STATE_FAILED');
  expect([email?.attemptCount, sms?.attemptCount]).toEqual([3, 3]);
  expect(world.relay.mails).toHaveLength(3);
  expect(world.provider.requests).toHaveLength(3);
});

test('an account whose contacts were erased cannot be told, and that is visible', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier();
  await world.createAccount();
  await (await ensureBucket(world.nc, 'contacts')).delete('acme');
  await world.approve();

  const notifications = await untilStates(client, 'STATE_FAILED', 'STATE_FAILED');
  expect(notifications.map(({ lastError }) => lastError)).toEqual(['no contacts', 'no contacts']);
});

test(
  'contacts that activation has not yet made are waited for, and no attempt is counted',
  { timeout: 60_000 },
  async () => {
    await using world = await startWorld();
    const { client, output } = await world.startNotifier();
    await world.decide('acme', { type: 'AccountCreated', companyName: 'Acme' });
    await world.approve();
    await expect.poll(() => output.filter((line) => line.includes('delivery interrupted')).length).toBeGreaterThan(2);
    await (await ensureBucket(world.nc, 'contacts')).put('acme', JSON.stringify(ada));

    const notifications = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
    expect(notifications.map(({ attemptCount }) => attemptCount)).toEqual([1, 1]);
  },
);

test('contacts that cannot be read leave no trace of what they hold', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier();
  await world.createAccount();
  await (await ensureBucket(world.nc, 'contacts')).put('acme', `${ada.email} ${ada.phoneNumber}`);
  await world.approve();

  const notifications = await untilStates(client, 'STATE_FAILED', 'STATE_FAILED');
  expect(notifications.map(({ lastError }) => lastError)).toEqual(['unreadable contacts', 'unreadable contacts']);
});

test('decisions and queued messages that are delivered again tell nobody twice', async () => {
  await using world = await startWorld();
  const first = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  await untilStates(first.client, 'STATE_SENT', 'STATE_SENT');
  expect(await first.stop()).toBe(0);
  // The server forgets how far the notifier had come, and delivers both streams from their start.
  await world.jsm.consumers.delete('ACTIVATION', 'notifier');
  await world.jsm.consumers.delete('NOTIFY', 'notifier-delivery');

  const second = await world.startNotifier();
  for (const [stream, durable] of [
    ['ACTIVATION', 'notifier'],
    ['NOTIFY', 'notifier-delivery'],
  ] as const) {
    await expect
      .poll(async () => unfinished(await world.jsm.consumers.info(stream, durable).catch(() => undefined)), {
        timeout: 20_000,
      })
      .toBe(0);
  }
  await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
  expect(world.relay.mails).toHaveLength(1);
  expect(world.provider.requests).toHaveLength(1);
  const { state } = await world.jsm.streams.info('NOTIFY');
  expect(state.messages).toBe(6); // queued, attempted and sent, twice
});

test('what was decided or queued while it was down is told once it is back', async () => {
  await using world = await startWorld();
  world.relay.answer = () => ({ responseCode: 451, message: 'later' });
  const first = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  await untilStates(first.client, 'STATE_QUEUED', 'STATE_SENT');
  expect(await first.stop()).toBe(0);
  await world.createAccount('initech', 'Initech');
  await world.approve('initech');
  world.relay.answer = () => undefined;

  const second = await world.startNotifier();
  await untilStates(second.client, 'STATE_SENT', 'STATE_SENT', 'STATE_SENT', 'STATE_SENT');
  expect(world.provider.requests).toHaveLength(2);
});

test('a decision that cannot be read goes to the dead letters and holds up nothing', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier();
  await world.createAccount();
  await world.approve('acme', 'not > a token');
  await world.approve();

  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const letter = await world.jsm.streams.getMessage('DEADLETTERS', { last_by_subj: 'deadletter.ACTIVATION.notifier' });
  expect(letter?.string()).toContain('not > a token');
});

test('a customer sees its own notifications alone, and resends none', async () => {
  await using world = await startWorld();
  const { grpcAddress, client } = await world.startNotifier();
  await world.createAccount('acme', 'Acme');
  await world.createAccount('initech', 'Initech');
  await world.approve('acme');
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  await world.approve('initech');
  await untilStates(client, 'STATE_SENT', 'STATE_SENT', 'STATE_SENT', 'STATE_SENT');

  const token = await world.issuer.token({ roles: ['customer'], account: 'acme' });
  using customer = createClient(NotificationServiceService, grpcAddress, { token: () => token });
  const own = (await customer.listNotifications({})).notifications;
  expect(own.map(({ accountId }) => accountId)).toEqual(['acme', 'acme']);
  const ownId = own[0]?.notificationId ?? '';
  expect((await customer.getNotification({ notificationId: ownId })).notification).toEqual(own[0]);

  const all = (await client.listNotifications({})).notifications;
  expect(all.map(({ accountId }) => accountId)).toEqual(['initech', 'initech', 'acme', 'acme']);
  expect((await client.listNotifications({ accountId: 'acme' })).notifications).toEqual(own);
  const others = all[0]?.notificationId ?? '';
  const refused = (code: string) => expect.objectContaining({ code });
  await expect(customer.getNotification({ notificationId: others })).rejects.toEqual(refused('NOT_FOUND'));
  await expect(customer.getNotification({ notificationId: 'none' })).rejects.toEqual(refused('NOT_FOUND'));
  await expect(customer.listNotifications({ accountId: 'initech' })).rejects.toEqual(refused('PERMISSION_DENIED'));
  await expect(customer.resendNotification({ notificationId: ownId })).rejects.toEqual(refused('PERMISSION_DENIED'));
  await expect(client.resendNotification({ notificationId: ownId })).rejects.toEqual(refused('FAILED_PRECONDITION'));
  await expect(client.resendNotification({ notificationId: 'none' })).rejects.toEqual(refused('NOT_FOUND'));
  await expect(client.getNotification({})).rejects.toEqual(refused('INVALID_ARGUMENT'));
  using nobody = createClient(NotificationServiceService, grpcAddress);
  await expect(nobody.listNotifications({})).rejects.toEqual(refused('UNAUTHENTICATED'));
});

test('pages follow each other from the newest to the oldest', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  await world.approve();
  await untilStates(client, 'STATE_SENT', 'STATE_SENT', 'STATE_SENT', 'STATE_SENT');

  const { notifications } = await client.listNotifications({});
  const first = await client.listNotifications({ pageSize: 3 });
  const second = await client.listNotifications({ pageSize: 3, pageToken: first.nextPageToken });
  expect([...first.notifications, ...second.notifications]).toEqual(notifications);
  expect(second.nextPageToken).toBe('');
});

function unfinished(info: { num_pending: number; num_ack_pending: number } | undefined): number {
  return info ? info.num_pending + info.num_ack_pending : -1;
}
