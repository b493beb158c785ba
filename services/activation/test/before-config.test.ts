import { openEventLog } from '@longwire/eventlog';
import { expect, test } from 'vitest';
import { peak, startWorld } from './world.ts';

test('before config has written anything an account has no domains, and is told so', async () => {
  await using world = await startWorld();
  const { jsm } = await openEventLog(world.connection, { name: 'CONFIG', subjects: ['config.>'] });
  await jsm.streams.delete('CONFIG');
  const service = await world.startService();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => service[Symbol.asyncDispose]());
  const { accounts, applications } = await world.customer('acme');
  await accounts.createAccount({ accountId: 'acme', companyName: 'Acme Ltd' });
  const { prerequisites } = await applications.checkPrerequisites({});
  expect(prerequisites).toContainEqual({
    type: 'ICP_NUMBER',
    met: false,
    todo: 'add a domain that has an ICP number',
  });
  await expect(applications.submitApplication({ purpose: 'chat', ...peak })).rejects.toMatchObject({
    reason: 'PREREQUISITES_MISSING',
  });
});
