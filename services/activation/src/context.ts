import { callerOf } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Call } from '@longwire/contracts';
import type { Account } from '@longwire/contracts/activation/v1/account';
import type { Application } from '@longwire/contracts/activation/v1/application';
import { handle, isStreamMissing } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import type { AccountDomains } from './account-domains.ts';
import { account } from './account.ts';
import type { AccountCommand } from './account.ts';
import type { ApplicationCommand } from './application.ts';
import type { ContactBook } from './contacts.ts';
import { accountMessage, applicationMessage } from './messages.ts';
import type { Facts } from './prerequisites.ts';
import { accountSubject, loadedOf } from './read-model.ts';
import type { AccountView, ApplicationView, ReadModel } from './read-model.ts';
import type { VerificationCodes } from './verification-codes.ts';

/** What the handlers work with. */
export type Context = {
  log: EventLog;
  model: ReadModel;
  /** Folds the stream ACTIVATION into `model`. */
  projection: Projection;
  contacts: ContactBook;
  codes: VerificationCodes;
  domains: AccountDomains;
  /** Folds the stream CONFIG into `domains`. */
  configProjection: Projection;
  /** When an answer is due to what is submitted at this moment. */
  dueTime: (submitted: Date) => Date;
};

type Request = {
  requestId: string;
  etag?: string;
  /** The moment of the decision, where the command depends on it. */
  now?: Date;
};

/**
 * Carries out a command on an account, and waits until reads show it.
 * `decidedAt` is the stream sequence of the command's decision, also when it was decided in an earlier call; 0 if it changed nothing.
 */
export async function carryOut(
  { log, model, projection }: Context,
  call: Call,
  accountId: string,
  { requestId, etag = '', now = new Date() }: Request,
  command: AccountCommand,
): Promise<{ view: AccountView; decidedAt: number }> {
  const meta = {
    commandId: `${command.type}:${requestId}`,
    actor: callerOf(call.metadata).subject,
    time: now,
  };
  const known = model.accounts.get(accountId);
  const options = { meta, expectedEtag: etag, from: known && loadedOf(known) };
  const { sequence, decidedAt } = await handle(log, accountSubject(accountId), account, command, options);
  await projection.reached(sequence);
  return { view: requireView(model, accountId), decidedAt };
}

/** A command that answers with the account. */
export async function changeAccount(
  context: Context,
  call: Call,
  accountId: string,
  request: Request,
  command: AccountCommand,
): Promise<{ account: Account }> {
  const { view } = await carryOut(context, call, accountId, request, command);
  return { account: await describe(context, call, view) };
}

/** A command that answers with the application. */
export async function changeApplication(
  context: Context,
  call: Call,
  accountId: string,
  request: Request,
  command: ApplicationCommand,
): Promise<{ application: Application }> {
  const { view } = await carryOut(context, call, accountId, request, command);
  const application = requireApplication(view, command.applicationId);
  return { application: applicationMessage(application, view, callerOf(call.metadata)) };
}

/** An account as this caller sees it. */
export async function describe({ contacts }: Context, call: Call, view: AccountView): Promise<Account> {
  const stored = await contacts.read(view.accountId);
  return accountMessage(view, stored.contacts, callerOf(call.metadata), new Date());
}

/** What stands outside the account's own stream; config's events are read up to this moment. */
export async function gatherFacts(context: Context, accountId: string): Promise<Facts> {
  const { contacts, configProjection, domains } = context;
  const upToNow = configProjection.catchUp().catch((error: unknown) => {
    if (!isStreamMissing(error)) throw error; // before the first domain there is no stream
  });
  const [stored] = await Promise.all([contacts.read(accountId), upToNow]);
  return {
    domains: domains.of(accountId),
    hasPhoneNumber: stored.contacts.phoneNumber !== '',
    hasEmail: stored.contacts.email !== '',
  };
}

export function requireView({ accounts }: ReadModel, accountId: string): AccountView {
  const view = accounts.get(accountId);
  if (!view) throw new DomainError('NOT_FOUND', 'ACCOUNT_NOT_FOUND', 'there is no such account; create it first');
  return view;
}

export function requireApplication(view: AccountView, applicationId: string): ApplicationView {
  const application = view.applications.get(applicationId);
  if (!application) throw new DomainError('NOT_FOUND', 'APPLICATION_NOT_FOUND', 'the account has no such application');
  return application;
}
