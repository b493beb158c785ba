import type { Loaded, Recorded } from '@longwire/eventlog';
import { domainKey } from './domain-name.ts';
import { domain } from './domain.ts';
import type { DomainEvent, DomainState } from './domain-state.ts';

/** A domain as it is read: its state, its version, and what happened to it. */
export type DomainView = {
  key: string;
  state: DomainState;
  /** Stream sequence of the domain's last decision. */
  version: number;
  /** When that was stored, by the server's clock. */
  storedTime: Date;
  createTime: Date;
  updateTime: Date;
  /** Since it was added last, oldest first. */
  history: HistoryEntry[];
  /** The sequence of each command's decision, also of those before it was added last. */
  decidedAt: Map<string, number>;
};

export type HistoryEntry = { version: number; time: Date; storedTime: Date; actor: string; event: DomainEvent };

const subjectPrefix = 'config.domain.';

/** The subject of a domain's events. */
export function domainSubject(domainName: string): string {
  return `${subjectPrefix}${domainKey(domainName)}`;
}

/**
 * Folds one decision into the domains by key, and returns the one that it changed, with the account that had it before. Removed
 * domains stay, not present.
 */
export function foldDomain(
  domains: Map<string, DomainView>,
  recorded: Recorded<DomainEvent>,
): { view: DomainView; accountBefore: string | undefined } {
  const { sequence: version, events, meta, storedTime } = recorded;
  const { time, actor } = meta;
  const key = recorded.subject.slice(subjectPrefix.length);
  const view = domains.get(key) ?? newView(key, time);
  // First what may throw: a view is changed by the whole of a decision or not at all.
  const state = events.reduce(domain.evolve, view.state);
  const accountBefore = view.state.present ? view.state.accountId : undefined;
  const added = events.findLastIndex(({ type }) => type === 'DomainAdded');
  if (added >= 0) Object.assign(view, { createTime: time, history: [] });
  view.history.push(...events.slice(Math.max(added, 0)).map((event) => ({ version, time, storedTime, actor, event })));
  view.decidedAt.set(meta.commandId, version);
  Object.assign(view, { state, version, storedTime, updateTime: time });
  domains.set(key, view);
  return { view, accountBefore };
}

/** What is known of a domain's subject, for a command to go on from. */
export function loadedOf({ state, version, decidedAt }: DomainView): Loaded<DomainState> {
  return { state, sequence: version, decidedAt };
}

function newView(key: string, time: Date): DomainView {
  const nothing = {
    version: 0,
    storedTime: time,
    createTime: time,
    updateTime: time,
    history: [],
    decidedAt: new Map(),
  };
  return { key, state: domain.initial, ...nothing };
}
