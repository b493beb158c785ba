import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { expect, test } from 'vitest';
import { Rollouts } from './rollouts.ts';

const start = Date.parse('2026-11-22T08:00:00.000Z');
const at = (seconds: number) => new Date(start + seconds * 1000);

/** What an edge has stored so many seconds after the start. */
function report(seconds: number, configVersion: bigint, { isNews = true, refused = [] as string[] } = {}) {
  const refusedConfigs = refused.map((key) => ({ key, reason: 'of a later version' }));
  const status = { edgeId: 'edge-1', bootId: 'b', configVersion, reportTime: at(seconds), refusedConfigs };
  const value = Buffer.from(JSON.stringify(EdgeStatus.toJSON(EdgeStatus.create(status))));
  return { key: 'edge-1', value, time: at(seconds), isNews };
}

const present = { key: 'live_acme_test', version: 7, storedTime: at(1) };

test('how long a version took is the time of the first report of it', () => {
  const rollouts = new Rollouts();
  for (const each of [report(0, 6n), report(3, 7n), report(13, 7n)]) rollouts.fold(each);
  expect(rollouts.of(present, at(14))).toMatchObject({ liveCount: 1, longestDelay: { seconds: 2n, nanos: 0 } });
});

test('after a gap in the reading, in which a report may have been missed, nobody knows how long a version took', () => {
  const rollouts = new Rollouts();
  for (const each of [report(0, 5n), report(2, 6n), report(23, 7n, { isNews: false }), report(33, 8n)])
    rollouts.fold(each);
  const delayOf = (version: number) => rollouts.of({ ...present, version }, at(34)).longestDelay;
  expect([6, 7, 8].map(delayOf)).toEqual([{ seconds: 1n, nanos: 0 }, undefined, { seconds: 32n, nanos: 0 }]);
});

test('a version is not live on an edge that refuses the domain, however late a version of others it runs', () => {
  const rollouts = new Rollouts();
  for (const each of [report(0, 6n), report(3, 9n, { refused: ['live_acme_test'] })]) rollouts.fold(each);
  expect(rollouts.of(present, at(4))).toMatchObject({ edgeCount: 1, liveCount: 0, longestDelay: undefined });
  expect(rollouts.of({ ...present, key: 'other_acme_test' }, at(4))).toMatchObject({ liveCount: 1 });
});
