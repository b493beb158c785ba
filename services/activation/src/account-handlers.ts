import { callerOf, requireAccount } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Handlers } from '@longwire/contracts';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { page, parseRequest } from '@longwire/service';
import { contactHandlers, contactPolicy } from './contact-handlers.ts';
import { carryOut, changeAccount, describe, requireView } from './context.ts';
import type { Context } from './context.ts';
import * as requests from './requests.ts';

const rpcs = AccountServiceService;

export const accountPolicy: Policy = {
  ...contactPolicy,
  [rpcs.createAccount.path]: ['customer', 'operator'],
  [rpcs.getAccount.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.listAccounts.path]: ['reviewer', 'operator'],
  [rpcs.setRegistration.path]: ['customer', 'operator'],
  [rpcs.setLanguage.path]: ['customer', 'operator'],
  [rpcs.verifyEnterprise.path]: ['reviewer'],
  [rpcs.revokeEnterpriseVerification.path]: ['reviewer'],
};

export function accountHandlers(context: Context): Handlers<typeof AccountServiceService> {
  const { model, contacts } = context;
  return {
    ...contactHandlers(context),

    async createAccount(message, call) {
      const request = parseRequest(requests.createAccount, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      const { companyName, country, registrationNumber, language } = request;
      const registration = country === '' ? {} : { registration: { country, registrationNumber } };
      const command = { type: 'CreateAccount', companyName, ...registration, ...(language && { language }) } as const;
      const { view, decidedAt } = await carryOut(context, call, accountId, request, command);
      await contacts.write(accountId, request.contacts, decidedAt);
      if (language) await contacts.setLanguage(accountId, language, decidedAt);
      return { account: await describe(context, call, view) };
    },

    async getAccount(message, call) {
      const request = parseRequest(requests.getAccount, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      return { account: await describe(context, call, requireView(model, accountId)) };
    },

    async listAccounts(message, call) {
      const request = parseRequest(requests.listAccounts, message);
      const sorted = [...model.accounts.values()].toSorted((one, other) => (one.accountId < other.accountId ? -1 : 1));
      const { entries, nextPageToken } = page(sorted, request, ({ accountId }) => accountId);
      return { accounts: await Promise.all(entries.map((view) => describe(context, call, view))), nextPageToken };
    },

    async setRegistration(message, call) {
      const { country, registrationNumber, ...request } = parseRequest(requests.setRegistration, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      const command = { type: 'SetRegistration', country, registrationNumber } as const;
      return changeAccount(context, call, accountId, request, command);
    },

    async setLanguage(message, call) {
      const { language, ...request } = parseRequest(requests.setLanguage, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      const command = { type: 'SetLanguage', language } as const;
      const { view } = await carryOut(context, call, accountId, request, command);
      // Also where nothing was decided now: who decided it before may have been ended before it was stored.
      await contacts.setLanguage(accountId, view.state.language ?? language, view.languageSequence);
      return { account: await describe(context, call, view) };
    },

    async verifyEnterprise(message, call) {
      const { accountId, evidence, expireTime, ...request } = parseRequest(requests.verifyEnterprise, message);
      const command = { type: 'VerifyEnterprise', evidence, expireTime } as const;
      return changeAccount(context, call, accountId, request, command);
    },

    async revokeEnterpriseVerification(message, call) {
      const { accountId, reason, ...request } = parseRequest(requests.revokeEnterpriseVerification, message);
      return changeAccount(context, call, accountId, request, { type: 'RevokeEnterpriseVerification', reason });
    },
  };
}
