import { expect, test } from 'vitest';
import { startWorld, untilStates } from './world.ts';

const silence = new Promise<undefined>(() => {});

// In a file of its own: it waits until the server gives up on the dead worker, 10 s.
test('a crash between sending and recording repeats a mail under its Message-ID, and an SMS under its id', async () => {
  await using world = await startWorld();
  const { relay, provider } = world;
  relay.answer = () => silence;
  provider.answer = (sms) => {
    provider.phone.set(sms.id, sms);
    return silence;
  };
  const first = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  await expect.poll(() => [relay.mails.length, provider.requests.length], { timeout: 20_000 }).toEqual([1, 1]);
  await first.kill();
  relay.answer = () => undefined;
  provider.answer = () => undefined;

  const second = await world.startNotifier();
  await untilStates(second.client, 'STATE_SENDING', 'STATE_SENDING');
  await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
  expect(relay.mails).toHaveLength(2);
  expect(relay.mails[1]?.messageId).toBe(relay.mails[0]?.messageId);
  expect(provider.requests).toHaveLength(2);
  expect(provider.phone.size).toBe(1);
}, 90_000);
