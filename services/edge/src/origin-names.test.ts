import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OriginNames } from './origin-names.ts';

// A resolver that answers as the test says, and remembers what it was asked.
let asked: string[];
let answer: () => Promise<readonly string[]>;
let names: OriginNames;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  asked = [];
  names = new OriginNames((host) => {
    asked.push(host);
    return answer();
  });
});
afterEach(() => vi.useRealTimers());

const addresses = async (...found: string[]) => found;
const failure = async (code: string) => {
  throw Object.assign(new Error(code), { code });
};
const find = async (host: string) => names.find(host);

test('a name is asked once by all who want it at the same time', async () => {
  answer = () => addresses('192.0.2.1');
  const found = await Promise.all([find('a.test'), find('a.test'), find('b.test'), find('a.test')]);
  expect(found.flat()).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1']);
  expect(asked).toEqual(['a.test', 'b.test']);
});

test('addresses are pinned for ten seconds, and then asked for again', async () => {
  answer = () => addresses('192.0.2.1');
  await find('a.test');
  answer = () => addresses('192.0.2.2');
  vi.advanceTimersByTime(9_999);
  expect(names.find('a.test')).toEqual(['192.0.2.1']);
  vi.advanceTimersByTime(1);
  expect(await find('a.test')).toEqual(['192.0.2.2']);
});

test('a name that does not exist is not asked for again within a second', async () => {
  answer = () => failure('ENOTFOUND');
  await expect(find('a.test')).rejects.toThrow('ENOTFOUND');
  answer = () => addresses('192.0.2.1');
  vi.advanceTimersByTime(999);
  await expect(find('a.test')).rejects.toThrow('ENOTFOUND');
  vi.advanceTimersByTime(1);
  expect(await find('a.test')).toEqual(['192.0.2.1']);
});

test('while the resolver fails, what was known serves on, for ten minutes', async () => {
  answer = () => addresses('192.0.2.1');
  await find('a.test');
  answer = () => failure('EAI_AGAIN');
  vi.advanceTimersByTime(10_000);
  expect(await find('a.test')).toEqual(['192.0.2.1']);
  vi.advanceTimersByTime(600_000);
  await expect(find('a.test')).rejects.toThrow('EAI_AGAIN');
});

test('a name that has ceased to exist is gone at its next question', async () => {
  answer = () => addresses('192.0.2.1');
  await find('a.test');
  answer = () => failure('ENOTFOUND');
  vi.advanceTimersByTime(10_000);
  await expect(find('a.test')).rejects.toThrow('ENOTFOUND');
});

test('an address that failed is tried last until the name is asked again', async () => {
  answer = () => addresses('192.0.2.1', '192.0.2.2');
  await find('a.test');
  names.putLast('a.test', '192.0.2.1');
  names.putLast('a.test', '192.0.2.9');
  expect(names.find('a.test')).toEqual(['192.0.2.2', '192.0.2.1']);
  vi.advanceTimersByTime(10_000);
  expect(await find('a.test')).toEqual(['192.0.2.1', '192.0.2.2']);
});
