import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contacts, peak, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let service: Awaited<ReturnType<World['startService']>>;

beforeAll(async () => {
  world = await startWorld();
  service = await world.startService();
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

test('while NATS is away every command is UNAVAILABLE with the time to wait, and then does what it should, once', async () => {
  const applications = await world.readyToApply('acme');
  const { accounts } = await world.customer('acme');
  const rita = await world.reviewer();
  const { application } = await applications.submitApplication({ purpose: 'quotes', ...peak });
  const about = { accountId: 'acme', applicationId: application!.applicationId };
  const requestId = randomUUID();
  await world.nats.kill();
  const unavailable = { code: 'UNAVAILABLE', details: { retryAfterMs: 1_000 } };
  await Promise.all(
    [
      accounts.getAccount({}),
      accounts.updateContacts({ contacts }),
      accounts.eraseContacts({}),
      accounts.requestContactVerification({ channel: 1 }),
      applications.checkPrerequisites({}),
      applications.submitApplication({ purpose: 'x', ...peak }),
      rita.desk.noteApplication({ ...about, note: 'once', requestId }),
      rita.applications.approveApplication(about),
      rita.applications.listApplicationHistory(about),
    ].map((call) => expect(call).rejects.toMatchObject(unavailable)),
  );
  // What is read from memory is still there.
  expect((await rita.applications.getApplication(about)).application).toMatchObject({ purpose: 'quotes' });
  await world.nats.restart();
  const noted = await rita.desk.noteApplication({ ...about, note: 'once', requestId });
  expect(noted.application?.notes).toHaveLength(1);
  expect((await accounts.getAccount({})).account?.contacts).toEqual(contacts);
}, 120_000);
