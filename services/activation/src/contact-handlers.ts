import { callerOf, requireAccount } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import { invalidArgument } from '@longwire/contracts';
import type { Handlers } from '@longwire/contracts';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { parseRequest } from '@longwire/service';
import { account } from './account.ts';
import { verificationOver } from './contact-verification.ts';
import { addressOf, noContacts } from './contacts.ts';
import { carryOut, changeAccount, describe, requireView } from './context.ts';
import type { Context } from './context.ts';
import { channels } from './events.ts';
import type { AccountView } from './read-model.ts';
import * as requests from './requests.ts';

const rpcs = AccountServiceService;

export const contactPolicy: Policy = {
  [rpcs.updateContacts.path]: ['customer', 'operator'],
  [rpcs.eraseContacts.path]: ['customer', 'operator'],
  [rpcs.requestContactVerification.path]: ['customer'],
  [rpcs.confirmContactVerification.path]: ['customer'],
};

type ContactRpc = 'updateContacts' | 'eraseContacts' | 'requestContactVerification' | 'confirmContactVerification';

/** How the people of an account are reached, and whether that is proved. */
export function contactHandlers(context: Context): Pick<Handlers<typeof AccountServiceService>, ContactRpc> {
  const { model, projection, contacts, codes } = context;

  /** Whether a code is the right one, and the contacts are still those that it was made for. */
  async function requireRightCode(view: AccountView, verificationId: string, code: string): Promise<void> {
    const outcome = await codes.try(view.accountId, verificationId, code, new Date());
    if (outcome.is === 'wrong')
      throw invalidArgument([{ field: 'code', description: `is wrong; tries left: ${outcome.triesLeft}` }]);
    if (outcome.is === 'over') throw verificationOver();
    const requestedAt = view.requestSequences[outcome.channel] ?? 0;
    if (!(await contacts.pin(view.accountId, outcome.contactsSequence, requestedAt))) throw verificationOver();
  }

  return {
    async updateContacts(message, call) {
      const request = parseRequest(requests.updateContacts, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      await projection.catchUp();
      const seen = requireView(model, accountId).state.checks; // before the contacts are read: what comes after is not theirs
      const { contacts: present } = await contacts.read(accountId);
      const phoneChanged = present.phoneNumber !== request.contacts.phoneNumber;
      const emailChanged = present.email !== request.contacts.email;
      const command = { type: 'UpdateContacts', phoneChanged, emailChanged, seen } as const;
      const { view, decidedAt } = await carryOut(context, call, accountId, request, command);
      const verified = channels.filter((channel) => view.state.checks[channel]?.verified);
      await contacts.write(accountId, request.contacts, decidedAt, verified);
      return { account: await describe(context, call, view) };
    },

    async eraseContacts(message, call) {
      const request = parseRequest(requests.eraseContacts, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      const { view } = await carryOut(context, call, accountId, request, { type: 'EraseContacts' });
      if (view.state.contactsErased) await contacts.write(accountId, noContacts, view.contactsSequence);
      return { account: await describe(context, call, view) };
    },

    async requestContactVerification(message, call) {
      const { channel, ...request } = parseRequest(requests.requestContactVerification, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      const { contacts: present, sequence } = await contacts.read(accountId);
      const hasAddress = addressOf(present, channel) !== '';
      const type = 'RequestContactVerification';
      const command = { type, verificationId: request.requestId, channel, hasAddress, now: new Date() } as const;
      await projection.catchUp();
      // Asked beforehand as well: what is refused gets no code, and nor does what was sent already.
      const [asked] = account.decide(command, requireView(model, accountId).state);
      if (asked?.type === 'ContactVerificationRequested')
        await codes.make(request.requestId, {
          accountId,
          channel,
          expireTime: asked.expireTime,
          contactsSequence: sequence,
        });
      const answer = await changeAccount(context, call, accountId, request, command);
      return { ...answer, verificationId: request.requestId };
    },

    async confirmContactVerification(message, call) {
      const { verificationId, code, ...request } = parseRequest(requests.confirmContactVerification, message);
      const accountId = requireAccount(callerOf(call.metadata), request.accountId);
      await projection.catchUp(); // the code may have been asked for at another instance
      const view = requireView(model, accountId);
      const command = { type: 'ConfirmContactVerification', verificationId, now: new Date() } as const;
      // Only a code that would confirm something is worth a try; a repeat needs none.
      if (account.decide(command, view.state).length > 0) await requireRightCode(view, verificationId, code);
      return changeAccount(context, call, accountId, request, command);
    },
  };
}
