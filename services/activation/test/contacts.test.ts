import { randomUUID } from 'node:crypto';
import { Channel, ContactVerification_State } from '@longwire/contracts/activation/v1/account';
import { openBucket } from '@longwire/eventlog';
import { startProxy } from '@longwire/testing';
import type { KV } from '@nats-io/kv';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { contacts, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let service: Awaited<ReturnType<World['startService']>>;
let book: KV;

const [sms, email] = [{ channel: Channel.CHANNEL_SMS }, { channel: Channel.CHANNEL_EMAIL }];
const over = { code: 'FAILED_PRECONDITION', reason: 'VERIFICATION_OVER' };
const { STATE_REQUESTED, STATE_UNVERIFIED, STATE_VERIFIED } = ContactVerification_State;

beforeAll(async () => {
  world = await startWorld();
  service = await world.startService();
  book = await openBucket(world.connection, 'contacts');
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function created(accountId: string) {
  const { accounts } = await world.customer(accountId);
  await accounts.createAccount({ companyName: 'Acme', contacts });
  return accounts;
}

/** Six digits that are not the code. */
const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

test('a phone number is verified by the code that is sent to it', async () => {
  const accounts = await created('verified');
  const { account, verificationId } = await accounts.requestContactVerification(sms);
  expect(account?.phoneVerification).toMatchObject({ state: STATE_REQUESTED, verificationId });
  expect(account?.emailVerification?.state).toBe(STATE_UNVERIFIED);
  const code = await world.codeOf(verificationId);
  expect(code).toMatch(/^\d{6}$/);
  const confirmed = await accounts.confirmContactVerification({ verificationId, code });
  expect(confirmed.account?.phoneVerification?.state).toBe(STATE_VERIFIED);
  const repeated = await accounts.confirmContactVerification({ verificationId, code });
  expect(repeated.account).toEqual(confirmed.account);
});

test.each([
  ['phone first', sms, email],
  ['email first', email, sms],
])('both codes are asked for, and then confirmed: %s', async (_, first, second) => {
  const accounts = await created(`both-${first.channel}`);
  const asked = [await accounts.requestContactVerification(sms), await accounts.requestContactVerification(email)];
  const [ofSms, ofEmail] = asked.map(({ verificationId }) => verificationId);
  for (const { channel } of [first, second]) {
    const verificationId = (channel === Channel.CHANNEL_SMS ? ofSms : ofEmail) ?? '';
    await accounts.confirmContactVerification({ verificationId, code: await world.codeOf(verificationId) });
  }
  expect((await accounts.getAccount({})).account).toMatchObject({
    phoneVerification: { state: STATE_VERIFIED },
    emailVerification: { state: STATE_VERIFIED },
  });
});

test('a wrong code is refused with the tries that are left, and the sixth try whatever it is', async () => {
  const accounts = await created('guesser');
  const { verificationId } = await accounts.requestContactVerification(email);
  const code = await world.codeOf(verificationId);
  for (const left of [4, 3, 2, 1])
    await expect(accounts.confirmContactVerification({ verificationId, code: other(code) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { fieldViolations: [{ field: 'code', description: `is wrong; tries left: ${left}` }] },
    });
  await expect(accounts.confirmContactVerification({ verificationId, code: other(code) })).rejects.toMatchObject(over);
  await expect(accounts.confirmContactVerification({ verificationId, code })).rejects.toMatchObject(over);
});

test('tries at the same moment are counted each', async () => {
  const accounts = await created('parallel');
  const { verificationId } = await accounts.requestContactVerification(sms);
  const wrong = other(await world.codeOf(verificationId));
  const tries = Array.from({ length: 12 }, () => accounts.confirmContactVerification({ verificationId, code: wrong }));
  const outcomes = (await Promise.allSettled(tries)).map((one) => one.status === 'rejected' && one.reason.code);
  expect(outcomes.filter((code) => code === 'INVALID_ARGUMENT')).toHaveLength(4);
  expect(outcomes.filter((code) => code === 'FAILED_PRECONDITION')).toHaveLength(8);
});

test('a repeated request sends the same code, and a new one replaces it', async () => {
  const accounts = await created('again');
  const requestId = randomUUID();
  const first = await accounts.requestContactVerification({ ...sms, requestId });
  const code = await world.codeOf(first.verificationId);
  expect(await accounts.requestContactVerification({ ...sms, requestId })).toEqual(first);
  expect(await world.codeOf(first.verificationId)).toBe(code);
  await accounts.requestContactVerification(sms);
  const late = accounts.confirmContactVerification({ verificationId: first.verificationId, code });
  await expect(late).rejects.toMatchObject(over);
});

test('more than ten codes within an hour are not sent', async () => {
  const accounts = await created('pumping');
  for (let sent = 0; sent < 10; sent++) await accounts.requestContactVerification(sent % 2 === 0 ? sms : email);
  const requestId = randomUUID();
  await expect(accounts.requestContactVerification({ ...sms, requestId })).rejects.toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'TOO_MANY_CODES',
    details: { metadata: { try_again_time: expect.any(String) } },
  });
  expect(await world.codeOf(requestId)).toBe('');
});

test('no code is sent to an address that is not there', async () => {
  const { accounts } = await world.customer('silent');
  await accounts.createAccount({ companyName: 'Silent' });
  await expect(accounts.requestContactVerification(sms)).rejects.toMatchObject({
    reason: 'ADDRESS_MISSING',
    details: { preconditions: [expect.objectContaining({ type: 'CONTACT_PHONE' })] },
  });
});

test('a code for the old number does not verify the new one', async () => {
  const accounts = await created('moved');
  const { verificationId } = await accounts.requestContactVerification(sms);
  const { verificationId: mailId } = await accounts.requestContactVerification(email);
  await accounts.updateContacts({ contacts: { ...contacts, phoneNumber: '+12025550123' } });
  const late = accounts.confirmContactVerification({ verificationId, code: await world.codeOf(verificationId) });
  await expect(late).rejects.toMatchObject(over);
  // Nor does anything that was on its way when the contacts changed.
  const mail = accounts.confirmContactVerification({ verificationId: mailId, code: await world.codeOf(mailId) });
  await expect(mail).rejects.toMatchObject(over);
  expect((await accounts.getAccount({})).account?.phoneVerification?.state).toBe(STATE_UNVERIFIED);
});

test('an update whose contacts were never stored does not come late under a verified number', async () => {
  const accounts = await created('crashed');
  const requestId = randomUUID();
  const lost = { ...contacts, phoneNumber: '+12025550123' };
  // As after a crash between the decision and the contacts: the log has the update, the book has not.
  const { json } = await stored('crashed');
  await accounts.updateContacts({ contacts: lost, requestId });
  await book.put('crashed', JSON.stringify(json));
  const { verificationId } = await accounts.requestContactVerification(sms);
  await accounts.confirmContactVerification({ verificationId, code: await world.codeOf(verificationId) });
  const { account } = await accounts.updateContacts({ contacts: lost, requestId });
  expect(account).toMatchObject({ contacts, phoneVerification: { state: STATE_VERIFIED } });
});

test('the language of messages is beside the contacts, and neither write takes the other back', async () => {
  const { accounts } = await world.customer('polyglot');
  const made = await accounts.createAccount({ companyName: 'Polyglot', contacts, language: 'zh-CN' });
  expect(made.account?.language).toBe('zh-CN');
  await accounts.updateContacts({ contacts: { ...contacts, name: 'Bea' } });
  expect((await stored('polyglot')).json).toMatchObject({ name: 'Bea', language: 'zh-CN' });
  const { account } = await accounts.setLanguage({ language: 'en' });
  expect(account).toMatchObject({ language: 'en', contacts: { name: 'Bea' } });
  expect((await stored('polyglot')).json).toMatchObject({ name: 'Bea', language: 'en' });
});

test('a language that was decided but never stored is stored by whoever sets it again', async () => {
  const accounts = await created('half-translated');
  await accounts.setLanguage({ language: 'en' });
  // As after a crash between the decision and the book: the log has the language, the book has not.
  const { text } = await stored('half-translated');
  await accounts.setLanguage({ language: 'zh-CN' });
  await book.put('half-translated', text);
  expect((await accounts.setLanguage({ language: 'zh-CN' })).account?.language).toBe('zh-CN');
  expect((await stored('half-translated')).json).toMatchObject({ language: 'zh-CN' });
});

test('what is erased is gone, and does not come back with an older request', async () => {
  const accounts = await created('erased');
  const requestId = randomUUID();
  await accounts.updateContacts({ contacts: { ...contacts, name: 'Ada L' }, requestId });
  const { account } = await accounts.eraseContacts({});
  const nobody = { name: '', phoneNumber: '', email: '' };
  expect(account).toMatchObject({ contacts: nobody, companyName: 'Acme' });
  expect((await stored('erased')).text).not.toMatch(/Ada|138|acme\.test/);
  const repeated = await accounts.updateContacts({ contacts: { ...contacts, name: 'Ada L' }, requestId });
  expect(repeated.account?.contacts).toEqual(nobody);
  const again = await accounts.updateContacts({ contacts });
  expect(again.account?.contacts).toEqual(contacts);
  expect((await accounts.eraseContacts({})).account?.contacts).toEqual(nobody);
});

test('contacts whose erasure was cut short are erased by the next start', async () => {
  const accounts = await created('cut-short');
  const before = await stored('cut-short');
  await accounts.eraseContacts({});
  await service[Symbol.asyncDispose]();
  await book.put('cut-short', before.text); // as if the process had been killed between the event and the erasure
  service = await world.startService();
  await vi.waitFor(async () => expect((await stored('cut-short')).text).not.toMatch(/Ada/), 5_000);
});

test('a code that one instance made is confirmed at another', async () => {
  const first = await created('moving');
  await using other = await world.startService();
  const claims = { roles: ['customer'], account: 'moving', sub: 'user-of-moving' };
  const { accounts } = await world.clients(claims, other.grpcAddress);
  const { verificationId } = await first.requestContactVerification(sms);
  const { account } = await accounts.confirmContactVerification({
    verificationId,
    code: await world.codeOf(verificationId),
  });
  expect(account?.phoneVerification?.state).toBe(STATE_VERIFIED);
});

test('a right code is right though NATS does not say that the try was counted', async () => {
  await using proxy = await startProxy(world.nats.port);
  await using _other = await world.startService({ NATS_URL: proxy.url });
  const accounts = await created('unheard');
  const { verificationId } = await accounts.requestContactVerification(sms);
  const code = await world.codeOf(verificationId);
  const lost = proxy.swallow('"stream":"KV_verification-codes"');
  const confirmed = accounts.confirmContactVerification({ verificationId, code });
  await lost;
  expect((await confirmed).account?.phoneVerification?.state).toBe(STATE_VERIFIED);
});

test('an update that was compared before a number was verified does not pass another off as verified', async () => {
  await using proxy = await startProxy(world.nats.port);
  await using _slow = await world.startService({ NATS_URL: proxy.url });
  const atSlow = await created('overtaken');
  const claims = { roles: ['customer'], account: 'overtaken', sub: 'user-of-overtaken' };
  const { accounts } = await world.clients(claims, service.grpcAddress);
  const [own, others] = [contacts, { ...contacts, phoneNumber: '+12025550123' }];
  await accounts.updateContacts({ contacts: others });
  // The update has been compared, and does not hear at once what there is of the account; meanwhile the own number is verified.
  const waits = proxy.swallow('no message found');
  const updated = atSlow.updateContacts({ contacts: { ...others, name: 'Bea' } });
  await waits;
  await accounts.updateContacts({ contacts: own });
  const { verificationId } = await accounts.requestContactVerification(sms);
  await accounts.confirmContactVerification({ verificationId, code: await world.codeOf(verificationId) });
  expect((await updated).account).toMatchObject({
    contacts: { ...others, name: 'Bea' },
    phoneVerification: { state: STATE_UNVERIFIED },
  });
});

test('a code that was sent for one account verifies nothing of another', async () => {
  await using _other = await world.startService();
  const [own, target] = [await created('own-phone'), await created('target')];
  const { verificationId: mailId } = await target.requestContactVerification(email);
  await target.confirmContactVerification({ verificationId: mailId, code: await world.codeOf(mailId) });
  // The code under this id is sent to the one's own address, and then asked for again for the other's number.
  const requestId = randomUUID();
  await own.requestContactVerification({ ...email, requestId });
  const code = await world.codeOf(requestId);
  await expect(target.requestContactVerification({ ...sms, requestId })).rejects.toMatchObject({
    code: 'ALREADY_EXISTS',
    reason: 'VERIFICATION_EXISTS',
  });
  await expect(target.confirmContactVerification({ verificationId: requestId, code })).rejects.toMatchObject(over);
  expect((await target.getAccount({})).account?.phoneVerification?.state).toBe(STATE_UNVERIFIED);
});

test('a repeat with another number under the same request id does not inherit that the first was verified', async () => {
  await using _other = await world.startService();
  const accounts = await created('swapped');
  const { verificationId } = await accounts.requestContactVerification(sms);
  await accounts.confirmContactVerification({ verificationId, code: await world.codeOf(verificationId) });
  const before = await stored('swapped');
  const requestId = randomUUID();
  await accounts.updateContacts({ contacts: { ...contacts, name: 'Bea' }, requestId });
  await book.put('swapped', before.text); // as between the decision and the book: the repeat may come first there
  const swapped = accounts.updateContacts({ contacts: { ...contacts, phoneNumber: '+12025550123' }, requestId });
  await expect(swapped).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: { fieldViolations: [{ field: 'request_id' }] },
  });
  const repeated = await accounts.updateContacts({ contacts: { ...contacts, name: 'Bea' }, requestId });
  expect(repeated.account).toMatchObject({
    contacts: { ...contacts, name: 'Bea' },
    phoneVerification: { state: STATE_VERIFIED },
  });
});

async function stored(accountId: string): Promise<{ text: string; json: object }> {
  const entry = await book.get(accountId);
  return { text: entry?.string() ?? '', json: entry?.json() ?? {} };
}
