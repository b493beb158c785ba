import { seesAccount } from '@longwire/auth';
import type { Caller } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Domain } from '@longwire/contracts/config/v1/domain';
import { handle } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import type { OriginAllow } from '@longwire/origins';
import type { KV } from '@nats-io/kv';
import { domainKey } from './domain-name.ts';
import { domain, domainNotFound } from './domain.ts';
import type { DomainCommand } from './domain.ts';
import type { Entitlements } from './entitlements.ts';
import { domainMessage } from './messages.ts';
import { domainSubject } from './read-model.ts';
import type { DomainView } from './read-model.ts';

/** What the handlers work with. */
export type Context = {
  log: EventLog;
  /** By key. */
  domains: Map<string, DomainView>;
  /** Folds the stream CONFIG into `domains`. */
  projection: Projection;
  entitlements: Entitlements;
  /** Folds the stream ACTIVATION into `entitlements`. */
  activationProjection: Projection;
  edgeStatus: KV;
  originAllow: OriginAllow;
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

/**
 * ALREADY_EXISTS for a name under the wildcard of another account, and for a wildcard over a name of one: edges prefer the
 * closer name, so adding either would take traffic from there. Two such names added in the same moment both pass.
 */
export async function requireUncovered(
  { domains, projection }: Context,
  accountId: string,
  name: string,
): Promise<void> {
  await projection.catchUp();
  const covers = name.startsWith('*.')
    ? [...domains.values()].filter(({ state }) => wildcardOf(state.domainName) === name)
    : [domains.get(domainKey(wildcardOf(name)))];
  if (covers.some((view) => view?.state.present && view.state.accountId !== accountId))
    throw new DomainError(
      'ALREADY_EXISTS',
      'NAME_COVERED',
      'a domain of another account covers this name, or is under it',
    );
}

/** The wildcard that covers a name: edges look one label above. */
function wildcardOf(name: string): string {
  return name.replace(/^[^.]+/, '*');
}

/** Carries out a command on a domain, and waits until reads show it. */
export async function carryOut(
  { log, domains, projection }: Context,
  caller: Caller,
  { domainName, requestId, etag = '' }: { domainName: string; requestId: string; etag?: string },
  command: DomainCommand,
): Promise<Domain> {
  const meta = { commandId: `${command.type}:${requestId}`, actor: caller.subject, time: new Date() };
  const { sequence } = await handle(log, domainSubject(domainName), domain, command, { meta, expectedEtag: etag });
  await projection.reached(sequence);
  const view = domains.get(domainKey(domainName));
  if (!view) throw domainNotFound();
  return domainMessage(view);
}
