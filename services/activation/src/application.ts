import { isDeepStrictEqual } from 'node:util';
import { DomainError, invalidArgument } from '@longwire/contracts';
import type { AccountEvent, Answer, Limits, ReminderKind } from './events.ts';
import { prerequisites } from './prerequisites.ts';
import type { Facts } from './prerequisites.ts';
import type { AccountState, OpenApplication } from './state.ts';

/** What concerns one application. `reviewer` is who asks: a subject of the identity provider. */
export type ApplicationCommand =
  | Submit
  | { type: 'WithdrawApplication'; applicationId: string }
  | { type: 'ClaimApplication'; applicationId: string; reviewer: string }
  | { type: 'ReleaseApplication'; applicationId: string }
  | { type: 'NoteApplication'; applicationId: string; note: string }
  | { type: 'RemindOfApplication'; applicationId: string; kind: ReminderKind }
  | { type: 'ApproveApplication'; applicationId: string; reviewer: string; limits?: Limits; facts: Facts; now: Date }
  | { type: 'RejectApplication'; applicationId: string; reviewer: string; reason: string; mend?: string[] };

type Submit = {
  type: 'SubmitApplication';
  applicationId: string;
  purpose: string;
  /** When an answer is due, ISO 8601. */
  dueTime: string;
  /** Which of the account's; empty means all. */
  domains: string[];
  peakBandwidthBps: number;
  peakConnections: number;
  facts: Facts;
  now: Date;
};

type Command<Type extends ApplicationCommand['type']> = Extract<ApplicationCommand, { type: Type }>;

export function submit({ facts, now, ...application }: Submit, state: AccountState): AccountEvent[] {
  if (state.applications[application.applicationId]) return [];
  if (state.entitledBy !== undefined)
    throw refusal('ALREADY_ACTIVATED', 'WebSocket is activated for this account already');
  if (state.open) throw refusal('APPLICATION_OPEN', 'an application is open; withdraw it or wait');
  requirePrerequisites(state, facts, now);
  requireOwnDomains(application.domains, facts);
  return [{ ...application, type: 'ApplicationSubmitted' }];
}

export function withdraw({ applicationId }: Command<'WithdrawApplication'>, state: AccountState): AccountEvent[] {
  const present = stateOf(applicationId, state);
  if (present === 'withdrawn') return [];
  requireOpen(applicationId, state);
  return [{ type: 'ApplicationWithdrawn', applicationId }];
}

/** Of two who claim one application the second hears ABORTED, and who has it. */
export function claim({ applicationId, reviewer }: Command<'ClaimApplication'>, state: AccountState): AccountEvent[] {
  const { claimer } = requireOpen(applicationId, state);
  if (claimer === reviewer) return [];
  if (claimer !== undefined)
    throw new DomainError('ABORTED', 'APPLICATION_CLAIMED', `${claimer} has claimed this application already`);
  return [{ type: 'ApplicationClaimed', applicationId, reviewer }];
}

export function release({ applicationId }: Command<'ReleaseApplication'>, state: AccountState): AccountEvent[] {
  const { claimer } = requireOpen(applicationId, state);
  return claimer === undefined ? [] : [{ type: 'ApplicationReleased', applicationId }];
}

export function note({ applicationId, note }: Command<'NoteApplication'>, state: AccountState): AccountEvent[] {
  stateOf(applicationId, state);
  return [{ type: 'ApplicationNoted', applicationId, note }];
}

/** Once for each kind, and not about the half of a time that is over. */
export function remind(
  { applicationId, kind }: Command<'RemindOfApplication'>,
  { open }: AccountState,
): AccountEvent[] {
  if (open?.applicationId !== applicationId) return [];
  if (open.reminded.includes(kind) || open.reminded.includes('overdue')) return [];
  return [{ type: 'ApplicationReminded', applicationId, kind, dueTime: open.dueTime }];
}

/**
 * Of two who decide at once the second hears ABORTED; the same answer again decides nothing. What the application needed when
 * it was submitted it needs when it is approved, too.
 */
export function answer(
  command: Command<'ApproveApplication' | 'RejectApplication'>,
  state: AccountState,
): AccountEvent[] {
  const event = answerOf(command);
  const { applicationId, reviewer } = command;
  const present = stateOf(applicationId, state);
  if (isDeepStrictEqual(state.answers[applicationId], event)) return [];
  if (present !== 'pending')
    throw new DomainError('ABORTED', 'APPLICATION_DECIDED', `the application is ${present} already; read it again`);
  const { claimer = reviewer } = requireOpen(applicationId, state);
  if (claimer !== reviewer)
    throw refusal('APPLICATION_CLAIMED', `${claimer} has claimed this application; it can be released`);
  if (command.type === 'ApproveApplication') requirePrerequisites(state, command.facts, command.now);
  return [event];
}

function answerOf(command: Command<'ApproveApplication' | 'RejectApplication'>): Answer {
  if (command.type === 'ApproveApplication') {
    const { applicationId, limits } = command;
    return { type: 'ApplicationApproved', applicationId, ...(limits && { limits }) };
  }
  const { applicationId, reason, mend } = command;
  return { type: 'ApplicationRejected', applicationId, reason, ...(mend && { mend }) };
}

function requirePrerequisites(state: AccountState, facts: Facts, now: Date): void {
  const missing = prerequisites(state, facts, now).filter(({ met }) => !met);
  if (missing.length === 0) return;
  const preconditions = missing.map(({ type, todo }) => ({ type, subject: 'account', description: todo }));
  const list = missing.map(({ todo }) => todo).join('; ');
  throw new DomainError('FAILED_PRECONDITION', 'PREREQUISITES_MISSING', list, { preconditions });
}

function requireOwnDomains(names: string[], { domains }: Facts): void {
  const own = new Set(domains.map(({ name }) => name));
  const description = 'is no domain of this account';
  const violations = names.flatMap((name, index) =>
    own.has(name) ? [] : [{ field: `domains[${index}]`, description }],
  );
  if (violations.length > 0) throw invalidArgument(violations);
}

function requireOpen(applicationId: string, state: AccountState): OpenApplication {
  const present = stateOf(applicationId, state);
  if (state.open?.applicationId === applicationId) return state.open;
  throw refusal('APPLICATION_DECIDED', `the application is ${present} already`);
}

function stateOf(applicationId: string, { applications }: AccountState) {
  const present = applications[applicationId];
  if (present === undefined)
    throw new DomainError('NOT_FOUND', 'APPLICATION_NOT_FOUND', 'the account has no such application');
  return present;
}

function refusal(reason: string, message: string): DomainError {
  return new DomainError('FAILED_PRECONDITION', reason, message);
}
