import type { Caller } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import { handle } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import { account } from './account.ts';
import type { AccountCommand } from './account.ts';
import type { ContactBook } from './contacts.ts';
import type { IcpDomains } from './icp-domains.ts';
import { subjectPrefix } from './read-model.ts';
import type { AccountView } from './read-model.ts';

/** What the handlers work with. */
export type Context = {
  log: EventLog;
  accounts: Map<string, AccountView>;
  /** Folds the stream ACTIVATION into `accounts`. */
  projection: Projection;
  contacts: ContactBook;
  icpDomains: IcpDomains;
  /** Folds the stream CONFIG into `icpDomains`. */
  configProjection: Projection;
  /** Where business days are counted. */
  timeZone: string;
};

export type Origin = { caller: Caller; requestId: string; etag?: string };

/**
 * Carries out a command on an account, and waits until reads show it.
 * `decidedAt` is the stream sequence of the command's decision, also when it was decided in an earlier call; 0 if it changed nothing.
 */
export async function carryOut(
  { log, accounts, projection }: Context,
  accountId: string,
  command: AccountCommand,
  { caller, requestId, etag = '' }: Origin,
): Promise<{ view: AccountView; decidedAt: number }> {
  const meta = { commandId: `${command.type}:${requestId}`, actor: caller.subject, time: new Date() };
  const options = { meta, expectedEtag: etag };
  const { sequence, decidedAt } = await handle(log, `${subjectPrefix}${accountId}`, account, command, options);
  await projection.reached(sequence);
  return { view: requireView(accounts, accountId), decidedAt };
}

export function requireView(accounts: Map<string, AccountView>, accountId: string): AccountView {
  const view = accounts.get(accountId);
  if (!view) throw new DomainError('NOT_FOUND', 'ACCOUNT_NOT_FOUND', 'there is no such account; create it first');
  return view;
}
