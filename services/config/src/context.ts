import { seesAccount } from '@longwire/auth';
import type { Caller } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Domain } from '@longwire/contracts/config/v1/domain';
import { handle, isStreamMissing } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import type { OriginAllow } from '@longwire/origins';
import type { AccountRights, Accounts } from './accounts.ts';
import type { Changes } from './changes.ts';
import { domainKey } from './domain-name.ts';
import { domainExists, domainNotFound, domainOf } from './domain.ts';
import type { DomainCommand } from './domain.ts';
import { domainMessage } from './messages.ts';
import { challengeOf, lookUpTxt } from './ownership.ts';
import type { Found } from './ownership.ts';
import { domainSubject, loadedOf } from './read-model.ts';
import type { DomainView } from './read-model.ts';
import type { Rollouts } from './rollouts.ts';

/** What the handlers work with. */
export type Context = {
  log: EventLog;
  /** By key. */
  domains: Map<string, DomainView>;
  /** Folds the stream CONFIG into `domains` and `changes`. */
  projection: Projection;
  changes: Changes;
  accounts: Accounts;
  /** Folds the stream ACTIVATION into `accounts`. */
  activationProjection: Projection;
  rollouts: Rollouts;
  originAllow: OriginAllow;
  /** Resolvers to ask for proofs of ownership; none means the system's. */
  dnsServers: readonly string[];
};

/**
 * A domain that the caller may see, be it removed already; NOT_FOUND for one that was never there and for one of
 * somebody else alike.
 */
export function requireVisible({ domains }: Context, caller: Caller, domainName: string): DomainView {
  const view = domains.get(domainKey(domainName));
  if (!view || !seesAccount(caller, view.state.accountId)) throw domainNotFound();
  return view;
}

/** A domain that the caller may see and that is there. */
export function requireDomain(context: Context, caller: Caller, domainName: string): DomainView {
  const view = requireVisible(context, caller, domainName);
  if (!view.state.present) throw domainNotFound();
  return view;
}

/** The accounts as far as activation has decided until now. */
export async function knownAccounts({ accounts, activationProjection }: Context): Promise<Accounts> {
  await activationProjection.catchUp().catch((error: unknown) => {
    if (!isStreamMissing(error)) throw error; // before the first account there is no stream
  });
  return accounts;
}

/** What an account may do. @throws NOT_FOUND when there is no such account */
export async function requireRights(context: Context, accountId: string): Promise<AccountRights> {
  const accounts = await knownAccounts(context);
  if (accounts.has(accountId)) return accounts.rightsOf(accountId);
  throw new DomainError('NOT_FOUND', 'ACCOUNT_NOT_FOUND', 'there is no such account; create it first');
}

/**
 * ALREADY_EXISTS for a name under the wildcard of another account, and for a wildcard over a name of one: edges prefer the
 * closer name, so adding either would take traffic from there. Only what is proven covers.
 * @returns the sequence of stream CONFIG up to which that is so
 */
export async function requireUncovered(
  { domains, projection }: Context,
  accountId: string,
  name: string,
): Promise<number> {
  await projection.catchUp();
  const covers = name.startsWith('*.')
    ? [...domains.values()].filter(({ state }) => wildcardOf(state.domainName) === name)
    : [domains.get(domainKey(wildcardOf(name)))];
  if (covers.some((view) => view && isProven(view) && view.state.accountId !== accountId))
    throw new DomainError(
      'ALREADY_EXISTS',
      'NAME_COVERED',
      'a domain of another account covers this name, or is under it',
    );
  return projection.sequence;
}

/** Whether a command may make a name an account's own: then it may not become another's meanwhile. */
function proves(command: DomainCommand): boolean {
  if (command.type === 'AddDomain') return command.found !== undefined && command.found.length > 0;
  return command.type === 'VerifyOwnership' || command.type === 'ConfirmOwnership';
}

function isProven({ state }: DomainView): boolean {
  return state.present && state.ownership !== 'unproven';
}

/** The wildcard that covers a name: edges look one label above. */
function wildcardOf(name: string): string {
  return name.replace(/^[^.]+/, '*');
}

/** What the DNS says of a name that another account claims without proof; nothing where nobody does. */
export async function lookUpAgainstClaim(
  { domains, dnsServers }: Context,
  accountId: string,
  domainName: string,
): Promise<Found> {
  const claim = domains.get(domainKey(domainName));
  const isClaimed = claim?.state.present === true && !isProven(claim) && claim.state.accountId !== accountId;
  return isClaimed ? lookUpTxt(challengeOf(domainName, accountId).name, dnsServers) : [];
}

/** Carries out a command on a domain of an account, and waits until reads show it. */
export async function carryOut(
  context: Context,
  { caller, accountId }: { caller: Caller; accountId: string },
  { domainName, requestId, etag = '' }: { domainName: string; requestId: string; etag?: string },
  command: DomainCommand,
): Promise<Domain> {
  const { log, domains, projection } = context;
  const meta = { commandId: `${command.type}:${requestId}`, actor: caller.subject, time: new Date() };
  const known = domains.get(domainKey(domainName));
  const othersAt = proves(command) ? () => requireUncovered(context, accountId, domainName) : undefined;
  const options = { meta, expectedEtag: etag, othersAt, from: known && loadedOf(known) };
  const { sequence } = await handle(log, domainSubject(domainName), domainOf(accountId), command, options);
  await projection.reached(sequence);
  const view = domains.get(domainKey(domainName));
  // A request id may have been used on this name by another account: its answer is not for this caller.
  if (view?.state.accountId !== accountId) throw command.type === 'AddDomain' ? domainExists() : domainNotFound();
  return domainMessage(view);
}
