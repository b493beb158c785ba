import { accountFilter, callerOf, requireAccount, seesAllAccounts } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Call, Handlers } from '@longwire/contracts';
import { Application_State } from '@longwire/contracts/activation/v1/application';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { page, parseRequest } from '@longwire/service';
import { applicationHistory } from './application-history.ts';
import { changeApplication, gatherFacts, requireApplication, requireView } from './context.ts';
import type { Context } from './context.ts';
import { isOverdue } from './desk-figures.ts';
import { applicationMessage, applicationStates } from './messages.ts';
import { prerequisites } from './prerequisites.ts';
import type { ApplicationView } from './read-model.ts';
import * as requests from './requests.ts';

const rpcs = ActivationServiceService;

export const applicationPolicy: Policy = {
  [rpcs.checkPrerequisites.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.submitApplication.path]: ['customer'],
  [rpcs.withdrawApplication.path]: ['customer'],
  [rpcs.getApplication.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.listApplications.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.listApplicationHistory.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.approveApplication.path]: ['reviewer'],
  [rpcs.rejectApplication.path]: ['reviewer'],
};

export function applicationHandlers(context: Context): Handlers<typeof ActivationServiceService> {
  const { model, log } = context;
  const messageFor = (call: Call) => (application: ApplicationView) =>
    applicationMessage(application, requireView(model, application.accountId), callerOf(call.metadata));
  return {
    async checkPrerequisites(message, call) {
      const request = parseRequest(requests.checkPrerequisites, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      const { state } = requireView(model, accountId);
      return { prerequisites: prerequisites(state, await gatherFacts(context, accountId), new Date()) };
    },

    async submitApplication(message, call) {
      const { accountId: named, requestId, ...application } = parseRequest(requests.submitApplication, message);
      const accountId = requireAccount(callerOf(call.metadata), named);
      const now = new Date();
      const command = {
        type: 'SubmitApplication',
        applicationId: requestId,
        ...application,
        dueTime: context.dueTime(now).toISOString(),
        facts: await gatherFacts(context, accountId),
        now,
      } as const;
      return changeApplication(context, call, accountId, { requestId, now }, command);
    },

    async withdrawApplication(message, call) {
      const { applicationId, ...request } = parseRequest(requests.withdrawApplication, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      return changeApplication(context, call, accountId, request, { type: 'WithdrawApplication', applicationId });
    },

    async getApplication(message, call) {
      const { accountId, applicationId } = parseRequest(requests.getApplication, message);
      const view = requireView(model, requireAccount(callerOf(call.metadata), accountId));
      return { application: messageFor(call)(requireApplication(view, applicationId)) };
    },

    async listApplications(message, call) {
      const caller = callerOf(call.metadata);
      const { claimedByMe, overdue, ...request } = parseRequest(requests.listApplications, message);
      const accountId = accountFilter(caller, request.accountId);
      const isWanted = allOf<ApplicationView>([
        accountId !== undefined && ((one) => one.accountId === accountId),
        request.state !== Application_State.STATE_UNSPECIFIED &&
          (({ state }) => applicationStates[state] === request.state),
        claimedByMe && ((one) => claimerOf(one) === caller.subject),
        overdue && ((one) => isOverdue(one, new Date())),
      ]);
      const newestFirst = model.applications.toReversed().filter(isWanted);
      const { entries, nextPageToken } = page(newestFirst, request, (one) => `${one.accountId}/${one.applicationId}`);
      return { applications: entries.map(messageFor(call)), nextPageToken };
    },

    async listApplicationHistory(message, call) {
      const caller = callerOf(call.metadata);
      const request = parseRequest(requests.listApplicationHistory, message);
      const accountId = requireAccount(caller, request.accountId);
      requireApplication(requireView(model, accountId), request.applicationId);
      return { entries: await applicationHistory(log, accountId, request.applicationId, seesAllAccounts(caller)) };
    },

    async approveApplication(message, call) {
      const { accountId, applicationId, limits, ...request } = parseRequest(requests.approveApplication, message);
      const reviewer = callerOf(call.metadata).subject;
      const now = new Date();
      const facts = await gatherFacts(context, accountId);
      const about = { applicationId, reviewer, facts, now, ...(limits && { limits }) };
      const command = { type: 'ApproveApplication', ...about } as const;
      return changeApplication(context, call, accountId, { ...request, now }, command);
    },

    async rejectApplication(message, call) {
      const { accountId, applicationId, reason, mend, ...request } = parseRequest(requests.rejectApplication, message);
      const reviewer = callerOf(call.metadata).subject;
      const points = mend.length > 0 ? { mend } : {};
      const command = { type: 'RejectApplication', applicationId, reviewer, reason, ...points } as const;
      return changeApplication(context, call, accountId, request, command);
    },
  };

  function claimerOf({ accountId, applicationId }: ApplicationView): string | undefined {
    const open = model.accounts.get(accountId)?.state.open;
    return open?.applicationId === applicationId ? open.claimer : undefined;
  }
}

/** Whether something passes every test that is asked for. */
function allOf<Value>(tests: (false | ((value: Value) => boolean))[]): (value: Value) => boolean {
  const asked = tests.filter((test) => test !== false);
  return (value) => asked.every((test) => test(value));
}
