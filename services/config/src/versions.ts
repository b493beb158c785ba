import { DomainError } from '@longwire/contracts';
import { Domain } from '@longwire/contracts/config/v1/domain';
import type { FieldChange } from '@longwire/contracts/config/v1/domain_service';
import { domain } from './domain.ts';
import type { DomainState } from './domain-state.ts';
import { domainMessage } from './messages.ts';
import type { DomainView, HistoryEntry } from './read-model.ts';

/** A domain as it was at one of the versions of its history; 0 is the present one. */
export function atVersion(view: DomainView, version: number): DomainView {
  if (version === 0 || version === view.version) return view;
  const end = view.history.findLastIndex((entry) => entry.version === version);
  const last = view.history[end];
  if (!last)
    throw new DomainError('NOT_FOUND', 'VERSION_NOT_FOUND', `the domain has no version ${version} in its history`);
  const history = view.history.slice(0, end + 1);
  const { time: updateTime, storedTime } = last;
  return { ...view, state: stateAfter(history), version, updateTime, storedTime, history };
}

/** An event of a domain with the states that it led from and to. */
export type Step = HistoryEntry & { before: DomainState; after: DomainState };

/** The steps of a domain, oldest first. */
export function stepsOf({ history }: DomainView): Step[] {
  let after: DomainState = domain.initial;
  return history.map((entry) => {
    const before = after;
    after = domain.evolve(before, entry.event);
    return { ...entry, before, after };
  });
}

/** The fields that differ, by their paths in the contract. */
export function compare(from: DomainState, to: DomainState): FieldChange[] {
  const [one, other] = [fieldsOf(from), fieldsOf(to)];
  const fields = new Set([...one.keys(), ...other.keys()]);
  return [...fields]
    .map((field) => ({ field, from: one.get(field) ?? '', to: other.get(field) ?? '' }))
    .filter((change) => change.from !== change.to)
    .toSorted((a, b) => (a.field < b.field ? -1 : 1));
}

function stateAfter(history: HistoryEntry[]): DomainState {
  return history.map(({ event }) => event).reduce(domain.evolve, domain.initial);
}

const epoch = new Date(0);
const noVersion = { version: 0, storedTime: epoch, createTime: epoch, updateTime: epoch };
const noView = { key: '', ...noVersion, history: [], decidedAt: new Map() };
/** They follow from the other fields, or are a version's own. */
const derived = new Set([
  'create_time',
  'update_time',
  'version',
  'etag',
  'warnings',
  'ownership.record_name',
  'ownership.record_value',
]);

function fieldsOf(state: DomainState): Map<string, string> {
  if (!state.present) return new Map();
  const message = Domain.toJSON(domainMessage({ ...noView, state }));
  return new Map(flatten(message, '').filter(([field]) => !derived.has(field)));
}

/** The leaves of a proto3 JSON message: lists are compared as a whole. */
function flatten(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  if ('seconds' in value) return [[path, JSON.stringify(`${String(value.seconds)}s`)]];
  return Object.entries(value).flatMap(([name, part]) => {
    const field = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return flatten(part, path === '' ? field : `${path}.${field}`);
  });
}
