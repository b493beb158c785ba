import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { SampleBatch, type DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { expect, test } from 'vitest';
import { Routes, type Domain } from './routes.ts';
import { Sampler, type Batch } from './samples.ts';

function domainOf(routes: Routes, name: string): Domain {
  const domain = routes.apply(DomainConfig.create({ domainName: name, accountId: 'acme', version: 1n }));
  if (!domain) throw new Error('not applied');
  return domain;
}

function rowsOf(batches: Batch[]): DomainSecond[] {
  return batches.flatMap(({ data }) => SampleBatch.decode(data).seconds);
}

test('a second is given out once it is over, with absolute values, and the next one begins at nothing', () => {
  const routes = new Routes();
  const domain = domainOf(routes, 'a.test');
  const sampler = new Sampler('edge-1', 'boot-1', 100);
  domain.figures.bytesFromClient += 7;
  domain.figures.opened += 1;
  domain.figures.closed('client', 'close_frame', 1000);
  domain.figures.handshakeDurations.add(0.2);
  domain.figures.originRoundTrips.add(0.1);
  domain.figures.answered(101);
  domain.figures.answered(403);
  domain.figures.answered(403);
  const [batch] = sampler.endSecond(routes.domains, 101);
  expect(batch && SampleBatch.decode(batch.data)).toEqual({
    edgeId: 'edge-1',
    bootId: 'boot-1',
    sequence: 1n,
    seconds: [
      {
        domainName: 'a.test',
        accountId: 'acme',
        second: 100n,
        bytesFromClient: 7n,
        bytesToClient: 0n,
        messagesFromClient: 0n,
        messagesToClient: 0n,
        activeConnections: 0n,
        openedConnections: 1n,
        closedConnections: 1n,
        handshakeStatuses: { 101: 1n, 403: 2n },
        closes: [{ side: 'client', cause: 'close_frame', code: 1000, count: 1n }],
        handshakeDurations: [0n, 1n],
        clientRoundTrips: [],
        originRoundTrips: [1n],
      },
    ],
  });
  domain.figures.bytesFromClient += 1;
  expect(rowsOf(sampler.endSecond(routes.domains, 102))).toMatchObject([
    { second: 101n, bytesFromClient: 1n, handshakeStatuses: {}, closes: [], handshakeDurations: [] },
  ]);
});

test('a domain where nothing happened gives no row, and a second without rows no batch', () => {
  const routes = new Routes();
  domainOf(routes, 'a.test');
  expect(new Sampler('edge-1', 'boot-1', 100).endSecond(routes.domains, 101)).toEqual([]);
});

test('no second of a boot is given out twice, and nothing is lost, whatever the clock does', () => {
  const routes = new Routes();
  const { figures } = domainOf(routes, 'a.test');
  const sampler = new Sampler('edge-1', 'boot-1', 100);
  const clock = [101, 102, 102, 104, 101, 102, 90, 91, 110, 111]; // an early timer, two steps back, a pause
  const batches = clock.flatMap((now) => {
    figures.bytesToClient += 1;
    return sampler.endSecond(routes.domains, now);
  });
  const rows = batches.flatMap(({ data }) => {
    const { bootId, sequence, seconds } = SampleBatch.decode(data);
    return seconds.map(({ second, bytesToClient }) => ({ key: `${bootId} ${second}`, sequence, bytesToClient }));
  });
  expect(rows.map(({ key }) => key)).toEqual([
    'boot-1 100',
    'boot-1 101',
    'boot-1 102',
    'boot-1 103',
    'boot-1 104',
    'boot-1.1 101',
    'boot-1.1 102',
    'boot-1.2 90',
    'boot-1.2 91',
    'boot-1.2 110',
  ]);
  expect(rows.map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n, 4n, 5n, 1n, 2n, 1n, 2n, 3n]);
  expect(rows.reduce((sum, { bytesToClient }) => sum + bytesToClient, 0n)).toBe(BigInt(clock.length));
  expect(new Set(batches.map(({ id }) => id)).size).toBe(batches.length);
});

test('closes with many codes make no row too large: beyond sixteen of a second they count without one', () => {
  const routes = new Routes();
  const { figures } = domainOf(routes, 'a.test');
  for (let code = 4_000; code < 4_900; code++) figures.closed('client', 'close_frame', code);
  const [batch] = new Sampler('edge-1', 'boot-1', 100).endSecond(routes.domains, 101);
  const [row] = rowsOf(batch ? [batch] : []);
  expect(row?.closes).toHaveLength(17);
  expect(row?.closes.at(-1)).toEqual({ side: 'client', cause: 'close_frame', code: 0, count: 884n });
  expect(row?.closedConnections).toBe(900n);
});

test('many domains make several batches, numbered and named one after the other', () => {
  const routes = new Routes();
  for (let index = 0; index < 2_500; index++) domainOf(routes, `d${index}.test`).figures.answered(403);
  const batches = new Sampler('edge-1', 'boot-1', 100).endSecond(routes.domains, 101);
  expect(batches.map(({ data }) => SampleBatch.decode(data).seconds.length)).toEqual([500, 500, 500, 500, 500]);
  expect(batches.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((sequence) => `boot-1-${sequence}`));
  expect(new Set(rowsOf(batches).map(({ domainName }) => domainName)).size).toBe(2_500);
});
