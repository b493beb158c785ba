import { callerOf, requireAccount } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Handlers } from '@longwire/contracts';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { page, parseRequest } from '@longwire/service';
import { carryOut, requireView } from './context.ts';
import type { Context } from './context.ts';
import { accountMessage } from './messages.ts';
import * as requests from './requests.ts';

const { createAccount, getAccount, listAccounts, updateContacts, verifyEnterprise } = AccountServiceService;

export const accountPolicy: Policy = {
  [createAccount.path]: ['customer', 'operator'],
  [getAccount.path]: ['customer', 'reviewer', 'operator'],
  [listAccounts.path]: ['reviewer', 'operator'],
  [updateContacts.path]: ['customer', 'operator'],
  [verifyEnterprise.path]: ['reviewer'],
};

export function accountHandlers(context: Context): Handlers<typeof AccountServiceService> {
  const { accounts, contacts } = context;
  return {
    async createAccount(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.createAccount, message);
      const accountId = requireAccount(caller, request.accountId);
      const command = { type: 'CreateAccount', companyName: request.companyName } as const;
      const { view, decidedAt } = await carryOut(context, accountId, command, { caller, requestId: request.requestId });
      await contacts.write(accountId, request.contacts, decidedAt);
      return { account: accountMessage(view, await contacts.read(accountId)) };
    },

    async getAccount(message, { metadata }) {
      const accountId = requireAccount(callerOf(metadata), parseRequest(requests.getAccount, message).accountId);
      const view = requireView(accounts, accountId);
      return { account: accountMessage(view, await contacts.read(accountId)) };
    },

    async listAccounts(message) {
      const request = parseRequest(requests.listAccounts, message);
      const sorted = [...accounts.values()].toSorted((one, other) => (one.accountId < other.accountId ? -1 : 1));
      const { entries, nextPageToken } = page(sorted, request, ({ accountId }) => accountId);
      const messages = entries.map(async (view) => accountMessage(view, await contacts.read(view.accountId)));
      return { accounts: await Promise.all(messages), nextPageToken };
    },

    async updateContacts(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.updateContacts, message);
      const accountId = requireAccount(caller, request.accountId);
      const { view, decidedAt } = await carryOut(
        context,
        accountId,
        { type: 'UpdateContacts' },
        { caller, ...request },
      );
      await contacts.write(accountId, request.contacts, decidedAt);
      return { account: accountMessage(view, await contacts.read(accountId)) };
    },

    async verifyEnterprise(message, { metadata }) {
      const caller = callerOf(metadata);
      const { accountId, ...request } = parseRequest(requests.verifyEnterprise, message);
      const { view } = await carryOut(context, accountId, { type: 'VerifyEnterprise' }, { caller, ...request });
      return { account: accountMessage(view, await contacts.read(accountId)) };
    },
  };
}
