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

test('no second is given out twice, also when the clock steps back or the process stood still', () => {
  const routes = new Routes();
  const { figures } = domainOf(routes, 'a.test');
  const sampler = new Sampler('edge-1', 'boot-1', 100);
  const seconds = [101, 95, 95, 110, 111].map((now) => {
    figures.bytesToClient += 1;
    return Number(rowsOf(sampler.endSecond(routes.domains, now))[0]?.second);
  });
  expect(seconds).toEqual([100, 101, 102, 103, 110]);
});

test('many domains make several batches, numbered and named one after the other', () => {
  const routes = new Routes();
  for (let index = 0; index < 2_500; index++) domainOf(routes, `d${index}.test`).figures.answered(403);
  const batches = new Sampler('edge-1', 'boot-1', 100).endSecond(routes.domains, 101);
  expect(batches.map(({ data }) => SampleBatch.decode(data).seconds.length)).toEqual([1000, 1000, 500]);
  expect(batches.map(({ id }) => id)).toEqual(['boot-1-1', 'boot-1-2', 'boot-1-3']);
  expect(new Set(rowsOf(batches).map(({ domainName }) => domainName)).size).toBe(2_500);
});
