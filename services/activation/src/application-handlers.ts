import { accountFilter, callerOf, requireAccount } from '@longwire/auth';
import type { Caller, Policy } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Handlers } from '@longwire/contracts';
import { Application_State } from '@longwire/contracts/activation/v1/application';
import type { Application } from '@longwire/contracts/activation/v1/application';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { page, parseRequest } from '@longwire/service';
import type { AccountCommand } from './account.ts';
import { oneBusinessDayAfter } from './business-day.ts';
import { carryOut, requireView } from './context.ts';
import type { Context } from './context.ts';
import { applicationMessage } from './messages.ts';
import type { AccountView } from './read-model.ts';
import * as requests from './requests.ts';

const rpcs = ActivationServiceService;

export const applicationPolicy: Policy = {
  [rpcs.submitApplication.path]: ['customer'],
  [rpcs.withdrawApplication.path]: ['customer'],
  [rpcs.getApplication.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.listApplications.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.approveApplication.path]: ['reviewer'],
  [rpcs.rejectApplication.path]: ['reviewer'],
};

export function applicationHandlers(context: Context): Handlers<typeof ActivationServiceService> {
  return {
    async submitApplication(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.submitApplication, message);
      const accountId = requireAccount(caller, request.accountId);
      const command = {
        type: 'SubmitApplication',
        applicationId: request.requestId,
        purpose: request.purpose,
        dueTime: oneBusinessDayAfter(new Date(), context.timeZone).toISOString(),
        facts: await gatherFacts(context, accountId),
      } as const;
      return { application: await decide(context, accountId, command, caller, request) };
    },

    async withdrawApplication(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.withdrawApplication, message);
      const accountId = requireAccount(caller, request.accountId);
      const command = { type: 'WithdrawApplication', applicationId: request.applicationId } as const;
      return { application: await decide(context, accountId, command, caller, request) };
    },

    async getApplication(message, { metadata }) {
      const request = parseRequest(requests.getApplication, message);
      const accountId = requireAccount(callerOf(metadata), request.accountId);
      return { application: find(requireView(context.accounts, accountId), request.applicationId) };
    },

    async listApplications(message, { metadata }) {
      const request = parseRequest(requests.listApplications, message);
      const account = accountFilter(callerOf(metadata), request.accountId);
      const wanted = all(context, account).filter(({ state }) => isWanted(state, request.state));
      const { entries, nextPageToken } = page(wanted, request, ({ applicationId }) => applicationId);
      return { applications: entries, nextPageToken };
    },

    async approveApplication(message, { metadata }) {
      const request = parseRequest(requests.approveApplication, message);
      const command = { type: 'ApproveApplication', applicationId: request.applicationId } as const;
      return { application: await decide(context, request.accountId, command, callerOf(metadata), request) };
    },

    async rejectApplication(message, { metadata }) {
      const request = parseRequest(requests.rejectApplication, message);
      const { applicationId, reason } = request;
      const command = { type: 'RejectApplication', applicationId, reason } as const;
      return { application: await decide(context, request.accountId, command, callerOf(metadata), request) };
    },
  };
}

async function decide(
  context: Context,
  accountId: string,
  command: AccountCommand & { applicationId: string },
  caller: Caller,
  { requestId, etag = '' }: { requestId: string; etag?: string },
): Promise<Application> {
  const { view } = await carryOut(context, accountId, command, { caller, requestId, etag });
  return find(view, command.applicationId);
}

/** What stands outside the account's own stream; config's events are read up to this moment. */
async function gatherFacts({ contacts, configProjection, icpDomains }: Context, accountId: string) {
  const [{ phoneNumber, email }] = await Promise.all([contacts.read(accountId), configProjection.catchUp()]);
  return {
    domainWithIcpNumber: icpDomains.has(accountId),
    reachableBySms: phoneNumber !== '',
    reachableByEmail: email !== '',
  };
}

function find(view: AccountView, applicationId: string): Application {
  const application = view.applications.get(applicationId);
  if (!application) throw new DomainError('NOT_FOUND', 'APPLICATION_NOT_FOUND', 'the account has no such application');
  return applicationMessage(application, view);
}

/** The newest first. */
function all({ accounts }: Context, accountId: string | undefined): Application[] {
  const views = [...accounts.values()].filter((view) => accountId === undefined || view.accountId === accountId);
  const applications = views.flatMap((view) =>
    [...view.applications.values()].map((application) => applicationMessage(application, view)),
  );
  return applications.toSorted((one, other) => Number(other.submitTime) - Number(one.submitTime));
}

function isWanted(state: Application_State, filter: number): boolean {
  return filter === Application_State.STATE_UNSPECIFIED || filter === state;
}
