import { append, openEventLog } from '@longwire/eventlog';
import { expect, test, vi } from 'vitest';
import { contacts, registration, startWorld } from './world.ts';

test.each(['ACTIVATION', 'CONFIG'])(
  'a message of %s that cannot be read is named where operators look, and can be passed over',
  async (stream) => {
    await using world = await startWorld();
    await using stack = new AsyncDisposableStack();
    const service = await world.startService();
    stack.defer(() => service[Symbol.asyncDispose]());
    const { accounts } = await world.customer('acme');
    await accounts.createAccount({ accountId: 'acme', companyName: 'Acme Ltd', contacts, ...registration });
    const subject = stream === 'CONFIG' ? 'config.domain.a_test' : 'activation.account.acme';
    const { seq } = (await world.connection.request(subject, 'nonsense')).json<{ seq: number }>(); // the stream acknowledges
    const ready = async (admin: string) => (await fetch(`http://${admin}/readyz`)).text();
    const line = `message ${seq} of ${stream} (${subject}) cannot be read; EVENTLOG_LEAVE_OUT=${stream}:${seq} goes on without it`;
    await vi.waitFor(async () => expect(await ready(service.adminAddress)).toContain(line), 5_000);

    const again = await world.startService({ EVENTLOG_LEAVE_OUT: `${stream}:${seq}` });
    stack.defer(() => again[Symbol.asyncDispose]());
    await vi.waitFor(async () => expect(await ready(again.adminAddress)).toBe('ok\n'), 5_000);
    const { accounts: readable } = await world.customer('acme');
    const update = { accountId: 'acme', contacts: { ...contacts, name: 'Ada A.' } };
    expect((await readable.updateContacts(update)).account?.contacts?.name).toBe('Ada A.');
  },
);

test('an event that a newer version wrote stops reading too: an account is never read without it', async () => {
  await using world = await startWorld();
  await using stack = new AsyncDisposableStack();
  const service = await world.startService();
  stack.defer(() => service[Symbol.asyncDispose]());
  const { accounts } = await world.customer('acme');
  const created = await accounts.createAccount({ accountId: 'acme', companyName: 'Acme Ltd', contacts });
  const log = await openEventLog(world.connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const events = [{ type: 'LanguageSet', language: 'zh-CN' }, { type: 'AccountPainted' }];
  const meta = { commandId: 'c-1', actor: 'test', time: new Date() };
  const expectedSequence = Number(created.account?.etag);
  const { sequence } = await append(log, 'activation.account.acme', events, { expectedSequence, meta });
  const ready = async () => (await fetch(`http://${service.adminAddress}/readyz`)).text();
  await vi.waitFor(async () => expect(await ready()).toContain(`message ${sequence} of ACTIVATION`), 5_000);
  expect((await accounts.getAccount({})).account).toEqual(created.account);
});
