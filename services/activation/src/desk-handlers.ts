import { callerOf } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Handlers } from '@longwire/contracts';
import { DeskServiceService } from '@longwire/contracts/activation/v1/desk_service';
import { parseRequest } from '@longwire/service';
import { changeAccount, changeApplication } from './context.ts';
import type { Context } from './context.ts';
import { deskFigures } from './desk-figures.ts';
import { figuresMessage } from './messages.ts';
import * as requests from './requests.ts';

const rpcs = DeskServiceService;
const dayMs = 24 * 3_600_000;

export const deskPolicy: Policy = {
  [rpcs.claimApplication.path]: ['reviewer'],
  [rpcs.releaseApplication.path]: ['reviewer', 'operator'],
  [rpcs.noteApplication.path]: ['reviewer'],
  [rpcs.getDeskFigures.path]: ['reviewer', 'operator'],
  [rpcs.suspendEntitlement.path]: ['reviewer', 'operator'],
  [rpcs.reinstateEntitlement.path]: ['reviewer', 'operator'],
};

export function deskHandlers(context: Context): Handlers<typeof DeskServiceService> {
  return {
    async claimApplication(message, call) {
      const { accountId, applicationId, ...request } = parseRequest(requests.claimApplication, message);
      const reviewer = callerOf(call.metadata).subject;
      const command = { type: 'ClaimApplication', applicationId, reviewer } as const;
      return changeApplication(context, call, accountId, request, command);
    },

    async releaseApplication(message, call) {
      const { accountId, applicationId, ...request } = parseRequest(requests.releaseApplication, message);
      return changeApplication(context, call, accountId, request, { type: 'ReleaseApplication', applicationId });
    },

    async noteApplication(message, call) {
      const { accountId, applicationId, note, ...request } = parseRequest(requests.noteApplication, message);
      return changeApplication(context, call, accountId, request, { type: 'NoteApplication', applicationId, note });
    },

    async getDeskFigures(message) {
      const { days } = parseRequest(requests.getDeskFigures, message);
      return figuresMessage(deskFigures(context.model, new Date(), new Date(Date.now() - days * dayMs)));
    },

    async suspendEntitlement(message, call) {
      const { accountId, reason, ...request } = parseRequest(requests.suspendEntitlement, message);
      return changeAccount(context, call, accountId, request, { type: 'SuspendEntitlement', reason });
    },

    async reinstateEntitlement(message, call) {
      const { accountId, ...request } = parseRequest(requests.reinstateEntitlement, message);
      return changeAccount(context, call, accountId, request, { type: 'ReinstateEntitlement' });
    },
  };
}
