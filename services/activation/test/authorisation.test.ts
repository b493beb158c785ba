import { randomUUID } from 'node:crypto';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { DeskServiceService } from '@longwire/contracts/activation/v1/desk_service';
import { DomainError } from '@longwire/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contacts, evidence, peak, registration, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let service: Awaited<ReturnType<World['startService']>>;

beforeAll(async () => {
  world = await startWorld();
  service = await world.startService();
  for (const account of ['own', 'other'])
    await (await world.customer(account)).accounts.createAccount({ companyName: account, contacts, ...registration });
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

type Clients = Awaited<ReturnType<World['clients']>>;
const applicationId = randomUUID();

/** Each rpc with a request that is well formed, about an account; and who may call it: customers about their own only. */
const rpcs: Record<string, [call: (clients: Clients, accountId: string) => Promise<unknown>, allowed: string]> = {
  createAccount: [
    ({ accounts }, accountId) => accounts.createAccount({ accountId, companyName: 'x' }),
    'customer operator',
  ],
  getAccount: [({ accounts }, accountId) => accounts.getAccount({ accountId }), 'customer reviewer operator'],
  listAccounts: [({ accounts }) => accounts.listAccounts({}), 'reviewer operator'],
  updateContacts: [({ accounts }, accountId) => accounts.updateContacts({ accountId, contacts }), 'customer operator'],
  setRegistration: [
    ({ accounts }, accountId) => accounts.setRegistration({ accountId, ...registration }),
    'customer operator',
  ],
  setLanguage: [({ accounts }, accountId) => accounts.setLanguage({ accountId, language: 'en' }), 'customer operator'],
  requestContactVerification: [
    ({ accounts }, accountId) => accounts.requestContactVerification({ accountId, channel: 1 }),
    'customer',
  ],
  confirmContactVerification: [
    ({ accounts }, accountId) =>
      accounts.confirmContactVerification({ accountId, verificationId: randomUUID(), code: '000000' }),
    'customer',
  ],
  eraseContacts: [({ accounts }, accountId) => accounts.eraseContacts({ accountId }), 'customer operator'],
  verifyEnterprise: [({ accounts }, accountId) => accounts.verifyEnterprise({ accountId, ...evidence() }), 'reviewer'],
  revokeEnterpriseVerification: [
    ({ accounts }, accountId) => accounts.revokeEnterpriseVerification({ accountId, reason: 'x' }),
    'reviewer',
  ],
  checkPrerequisites: [
    ({ applications }, accountId) => applications.checkPrerequisites({ accountId }),
    'customer reviewer operator',
  ],
  submitApplication: [
    ({ applications }, accountId) => applications.submitApplication({ accountId, purpose: 'x', ...peak }),
    'customer',
  ],
  withdrawApplication: [
    ({ applications }, accountId) => applications.withdrawApplication({ accountId, applicationId }),
    'customer',
  ],
  getApplication: [
    ({ applications }, accountId) => applications.getApplication({ accountId, applicationId }),
    'customer reviewer operator',
  ],
  listApplications: [
    ({ applications }, accountId) => applications.listApplications({ accountId }),
    'customer reviewer operator',
  ],
  listApplicationHistory: [
    ({ applications }, accountId) => applications.listApplicationHistory({ accountId, applicationId }),
    'customer reviewer operator',
  ],
  approveApplication: [
    ({ applications }, accountId) => applications.approveApplication({ accountId, applicationId }),
    'reviewer',
  ],
  rejectApplication: [
    ({ applications }, accountId) => applications.rejectApplication({ accountId, applicationId, reason: 'x' }),
    'reviewer',
  ],
  claimApplication: [({ desk }, accountId) => desk.claimApplication({ accountId, applicationId }), 'reviewer'],
  releaseApplication: [
    ({ desk }, accountId) => desk.releaseApplication({ accountId, applicationId }),
    'reviewer operator',
  ],
  noteApplication: [({ desk }, accountId) => desk.noteApplication({ accountId, applicationId, note: 'x' }), 'reviewer'],
  getDeskFigures: [({ desk }) => desk.getDeskFigures({}), 'reviewer operator'],
  suspendEntitlement: [
    ({ desk }, accountId) => desk.suspendEntitlement({ accountId, reason: 'x' }),
    'reviewer operator',
  ],
  reinstateEntitlement: [({ desk }, accountId) => desk.reinstateEntitlement({ accountId }), 'reviewer operator'],
};

const aboutNoAccount = ['listAccounts', 'getDeskFigures'];
const cases = Object.entries(rpcs).flatMap(([rpc, [call, allowed]]) =>
  ['customer', 'reviewer', 'operator', 'nobody'].flatMap((role) =>
    ['own', 'other'].map((accountId) => ({
      rpc,
      role,
      accountId,
      call,
      isAllowed:
        allowed.split(' ').includes(role) &&
        (role !== 'customer' || accountId === 'own' || aboutNoAccount.includes(rpc)),
    })),
  ),
);

test('the table has every rpc', () => {
  const defined = [AccountServiceService, ActivationServiceService, DeskServiceService].flatMap(Object.keys);
  expect(new Set(Object.keys(rpcs))).toEqual(new Set(defined));
});

test.each(cases)(
  '$rpc by a $role about the account $accountId: $isAllowed',
  async ({ role, accountId, call, isAllowed }) => {
    const claims =
      role === 'nobody'
        ? { roles: [], account: 'own' }
        : { roles: [role], ...(role === 'customer' && { account: 'own' }) };
    const outcome = await call(await world.clients(claims), accountId).catch((error: unknown) => error);
    const code = outcome instanceof DomainError ? outcome.code : 'OK';
    expect(code === 'PERMISSION_DENIED').toBe(!isAllowed);
    expect(code).not.toMatch(/INTERNAL|INVALID_ARGUMENT|UNKNOWN/); // else the table would prove nothing
  },
);

test.each(Object.entries(rpcs))('%s with an expired token is unauthenticated', async (_, [call]) => {
  const clients = await world.clients({ roles: ['operator', 'reviewer'], exp: 1 });
  await expect(call(clients, 'own')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test.each(['>', '*', 'own.x', 'Own Ltd', 'o'.repeat(41)])(
  'a token whose account is %j acts for none',
  async (account) => {
    const { accounts, applications } = await world.clients({ roles: ['customer'], account });
    const denied = { code: 'PERMISSION_DENIED', reason: 'NO_ACCOUNT' };
    await expect(accounts.createAccount({ companyName: 'x', contacts })).rejects.toMatchObject(denied);
    await expect(accounts.getAccount({})).rejects.toMatchObject(denied);
    await expect(applications.listApplications({})).rejects.toMatchObject(denied);
  },
);
