import type { Recorded } from '@longwire/eventlog';
import { domainKey } from './domain-name.ts';
import { domain } from './domain.ts';
import type { DomainEvent, DomainState } from './domain.ts';

/** A domain as it is read: its state, its version, and what happened to it. */
export type DomainView = {
  key: string;
  state: DomainState;
  /** Stream sequence of the domain's last decision. */
  version: number;
  createTime: Date;
  updateTime: Date;
  /** Oldest first. */
  history: HistoryEntry[];
};

export type HistoryEntry = { version: number; time: Date; actor: string; event: DomainEvent };

const subjectPrefix = 'config.domain.';

/** The subject of a domain's events. */
export function domainSubject(domainName: string): string {
  return `${subjectPrefix}${domainKey(domainName)}`;
}

/** Folds one decision into the domains by key, and returns the one that it changed. Removed domains stay, not present. */
export function foldDomain(domains: Map<string, DomainView>, recorded: Recorded<DomainEvent>): DomainView {
  const { time, actor } = recorded.meta;
  const key = recorded.subject.slice(subjectPrefix.length);
  const view = domains.get(key) ?? newView(key, time);
  domains.set(key, view);
  view.version = recorded.sequence;
  view.updateTime = time;
  for (const event of recorded.events) {
    if (event.type === 'DomainAdded') Object.assign(view, { createTime: time, history: [] });
    view.state = domain.evolve(view.state, event);
    view.history.push({ version: recorded.sequence, time, actor, event });
  }
  return view;
}

function newView(key: string, time: Date): DomainView {
  return { key, state: domain.initial, version: 0, createTime: time, updateTime: time, history: [] };
}
