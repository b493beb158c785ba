import { nanos } from '@nats-io/transport-node';
import { expect, test, vi } from 'vitest';
import { startTwilio, twilioAccount } from './twilio.ts';
import { startWorld, untilStates } from './world.ts';

// The process lives all along, so that it knows what became of a message: nobody is told twice.

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 20 });

test.concurrent(
  'a message that NATS hands out again while it is under way is not sent beside itself',
  async () => {
    await using world = await startWorld();
    const { promise: accepted, resolve: accept } = Promise.withResolvers<undefined>();
    world.relay.answer = () => accepted;
    const { client } = await world.startNotifier();
    await world.createAccount();
    await world.approve();
    await until(() => world.relay.mails.length === 1);
    await untilStates(client, 'STATE_SENDING', 'STATE_SENT');
    const handedOut = async () =>
      (await world.jsm.consumers.info('NOTIFY', 'notifier-delivery')).delivered.consumer_seq;
    const before = await handedOut();
    // As when no word of the process reaches NATS in time.
    await world.jsm.consumers.update('NOTIFY', 'notifier-delivery', { ack_wait: nanos(200) });
    await until(async () => (await handedOut()) >= before + 4);
    await world.jsm.consumers.update('NOTIFY', 'notifier-delivery', { ack_wait: nanos(10_000) });
    accept(undefined);
    await untilStates(client, 'STATE_SENT', 'STATE_SENT');
    expect(world.relay.mails).toHaveLength(1);
  },
  120_000,
);

test.concurrent(
  'what was accepted while NATS was away for longer than a write may take is recorded, and not sent again',
  async () => {
    await using world = await startWorld();
    const { promise: accepted, resolve: accept } = Promise.withResolvers<undefined>();
    world.relay.answer = () => accepted;
    const { client, output } = await world.startNotifier();
    await world.createAccount();
    await world.approve();
    await until(() => world.relay.mails.length === 1);
    await world.nats.stop();
    accept(undefined);
    await until(() => output.some((line) => line.includes('EVENT_LOG_UNAVAILABLE')));
    await world.nats.restart();
    await untilStates(client, 'STATE_SENT', 'STATE_SENT');
    expect(world.relay.mails).toHaveLength(1);
  },
  120_000,
);

test.concurrent('Twilio is asked after an answer that was lost, and not given the message twice', async () => {
  await using world = await startWorld();
  await using twilio = await startTwilio();
  twilio.losesAnswers = true;
  const { client, output } = await world.startNotifier({
    SMS_PROVIDER: 'twilio',
    SMS_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilioAccount.accountSid,
    TWILIO_AUTH_TOKEN: twilioAccount.authToken,
    TWILIO_FROM: '+14155550999',
    NOTIFIER_RETRY_BASE_MS: '500',
  });
  await world.createAccount();
  await world.approve();
  await until(() => output.some((line) => line.includes('attempt failed')));
  twilio.losesAnswers = false;
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(twilio.messages).toHaveLength(1);
  expect(sms).toMatchObject({ providerMessageId: twilio.messages[0]?.sid, attemptCount: 2 });
});
