import { expect, test } from 'vitest';
import { Changes, readResumeToken, resumeToken } from './changes.ts';
import { domain } from './domain.ts';
import type { DomainView } from './read-model.ts';

const now = new Date(0);

function view(key: string, version: number, accountId = 'acme'): DomainView {
  const state = { ...domain.initial, present: true, accountId };
  const times = { storedTime: now, createTime: now, updateTime: now };
  return { key, state, version, ...times, history: [], decidedAt: new Map() };
}

function changesOf(...views: DomainView[]): Changes {
  const changes = new Changes(3);
  for (const one of views) changes.add(one, undefined);
  return changes;
}

const keys = (changes: { key: string }[]) => changes.map(({ key }) => key);

test('each domain that has changed is named once, in the order of the last changes', () => {
  const changes = changesOf(view('a', 1), view('b', 2), view('c', 3, 'globex'), view('a', 4));
  expect(keys(changes.after(0, 'acme'))).toEqual(['b', 'a']);
  expect(keys(changes.after(2, 'acme'))).toEqual(['a']);
  expect(keys(changes.after(2, undefined))).toEqual(['c', 'a']);
  expect(changes.after(4, 'acme')).toEqual([]);
});

test('what is forgotten is not taken for nothing', () => {
  const many = Array.from({ length: 7 }, (_, index) => view(`k${index}`, index + 1));
  const changes = changesOf(...many);
  const expired = expect.objectContaining({ code: 'OUT_OF_RANGE', reason: 'RESUME_TOKEN_EXPIRED' });
  expect(() => changes.after(3, 'acme')).toThrow(expired);
  expect(keys(changes.after(4, 'acme'))).toEqual(['k4', 'k5', 'k6']);
  expect(() => changes.after(8, 'acme')).toThrow(expired);
});

test('whoever waits is woken by the next change, and by the end', async () => {
  const changes = changesOf(view('a', 1));
  const { signal } = new AbortController();
  await changes.next(0, signal);
  const waiting = changes.next(1, signal);
  changes.add(view('a', 2), undefined);
  await waiting;
  const ended = changes.next(2, signal);
  changes.close(new Error('the end'));
  await expect(ended).rejects.toThrow('the end');
  await expect(changes.next(2, signal)).rejects.toThrow('the end');
});

test('many may wait at once, and nobody is warned of them', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const changes = changesOf(view('a', 1));
  const { signal } = new AbortController();
  const waiting = Array.from({ length: 20 }, () => changes.next(1, signal));
  changes.add(view('a', 2), undefined);
  await Promise.all(waiting);
  await new Promise(setImmediate); // warnings come a turn later
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

test('a token is good for its own account only', () => {
  expect(readResumeToken(resumeToken('acme', 7), 'acme')).toBe(7);
  expect(readResumeToken(resumeToken(undefined, 7), undefined)).toBe(7);
  for (const [token, account] of [
    [resumeToken('acme', 7), 'globex'],
    [resumeToken('acme', 7), undefined],
    [resumeToken(undefined, 7), 'acme'],
  ] as const)
    expect(() => readResumeToken(token, account)).toThrow('another account');
});
