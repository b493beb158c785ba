import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { ensureBucket, ensureStream } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { startNats, type NatsServer } from '@longwire/testing';
import type { KV } from '@nats-io/kv';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { lastKnownGoodPath, readLastKnownGood } from '../src/last-known-good.ts';
import { start, type EdgeService } from '../src/service.ts';
import { startCable, type Cable } from './cable.ts';
import { startEchoOrigin } from './echo-origin.ts';
import { handshake, Peer, type TestOrigin } from './harness.ts';
import { knownConfig } from './known-config.ts';

const log = createLogger('test', 'silent');

const parts = new AsyncDisposableStack();
let nats: NatsServer;
let bucket: KV;
let origin: TestOrigin;
const edges: { service: EdgeService; cable: Cable; path: string }[] = [];

beforeAll(async () => {
  nats = parts.use(await startNats());
  origin = parts.use(await startEchoOrigin());
  const connection = parts.adopt(await connectNats(nats.url, 'test', log), (each) => each.close());
  bucket = await ensureBucket(connection, 'edge-config');
  await ensureStream(connection, { name: 'SAMPLES', subjects: ['samples.*'] });
  for (const id of ['edge-a', 'edge-b']) edges.push(await startEdge(id));
});
afterAll(() => parts.disposeAsync());

async function startEdge(id: string) {
  const cable = parts.use(await startCable(nats.port));
  const path = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  parts.defer(() => rm(path, { recursive: true }));
  const config = readConfig({
    EDGE_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    EDGE_ID: id,
    EDGE_STATE_DIR: path,
    EDGE_WORKERS: '1',
    EDGE_DRAIN_ACCEPT_MS: '0',
    EDGE_DRAIN_SPREAD_MS: '0',
    ORIGIN_ALLOW: '127.0.0.0/8',
    NATS_URL: `nats://127.0.0.1:${cable.port}`,
  });
  return { service: parts.use(await start(config, log)), cable, path };
}

/** The version that every process of an edge runs. */
async function versionOf({ adminAddress }: EdgeService): Promise<bigint> {
  const text = await (await fetch(`http://${adminAddress}/metrics`)).text();
  return BigInt(/^longwire_edge_config_version (\d+)$/m.exec(text)?.[1] ?? -1);
}

const states = { on: {}, off: { websocketEnabled: false }, suspended: { suspended: true }, removed: { removed: true } };
type State = keyof typeof states;
const answerOf: Record<State, string> = { on: '101', off: '403', suspended: '403', removed: '404' };

/** What happens, in this order: the writer writes, or writes something late once more; an edge is cut off, or the server crashes. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ put: fc.nat(2), state: fc.constantFrom<State>('on', 'off', 'suspended', 'removed') }),
  },
  { weight: 3, arbitrary: fc.record({ late: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ cut: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ mend: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ bad: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constant({ crash: true }) },
);

let version = 0n;
let round = 0;

async function store(key: string, value: string): Promise<void> {
  while (
    !(await bucket.put(key, value).then(
      () => true,
      () => false, // the server is on its way back
    ))
  );
}

const put = (config: DomainConfig) =>
  store(config.domainName.replaceAll('.', '_'), JSON.stringify(DomainConfig.toJSON(config)));

async function status(edge: EdgeService, host: string): Promise<string> {
  const client = new Peer(connect(Number(edge.address.split(':')[1]), '127.0.0.1'));
  client.socket.write(handshake(host));
  const answer = (await client.head()).slice(9, 12);
  client.socket.destroy();
  return answer;
}

const asText = (configs: readonly DomainConfig[]) =>
  configs
    .map((config) => JSON.stringify(DomainConfig.toJSON(config)))
    .toSorted()
    .join('\n');

test('after outages, crashes of the server, late and bad values every edge holds the fold of the log, and all answer alike', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const name = (index: number) => `d${index}.r${round}.test`;
      round++;
      const written: { config: DomainConfig; state: State }[] = [];
      const reported = edges.map((): bigint[] => []);
      for (const each of steps) {
        for (const [index, { service }] of edges.entries()) reported[index]?.push(await versionOf(service));
        if ('put' in each) {
          const config = {
            ...knownConfig(origin),
            domainName: name(each.put),
            version: ++version,
            ...states[each.state],
          };
          written.push({ config, state: each.state });
          await put(config);
        } else if ('late' in each) {
          const again = written[each.late];
          if (again) await put(again.config);
        } else if ('bad' in each) await store(name(each.bad).replaceAll('.', '_'), '{"domainName":""}');
        else if ('cut' in each) edges[each.cut]?.cable.cut();
        else if ('mend' in each) edges[each.mend]?.cable.mend();
        else {
          await nats.kill();
          await nats.restart();
        }
      }
      const fold = new Map(written.map((entry) => [entry.config.domainName, entry]));
      for (const { config } of fold.values()) await put(config); // the writer's own repair
      for (const { cable } of edges) cable.mend();

      const expected = asText([...fold.values()].map(({ config }) => config));
      const held = async (path: string) => {
        const known = await readLastKnownGood(lastKnownGoodPath(path));
        return asText((known?.configs ?? []).filter(({ domainName }) => fold.has(domainName)));
      };
      for (const { path } of edges) while ((await held(path)) !== expected) await sleep(20);
      for (const { service } of edges) {
        for (const [host, { state }] of fold) expect(await status(service, host)).toBe(answerOf[state]);
      }
      for (const versions of reported) {
        expect(versions).toEqual(versions.toSorted((one, other) => Number(one - other)));
      }
    }),
    { numRuns: 6 },
  );
}, 120_000);
