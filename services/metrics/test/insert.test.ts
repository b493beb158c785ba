import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startClickHouse } from '@longwire/testing';
import { expect, test } from 'vitest';
import { insertSamples, openClickHouse } from '../src/clickhouse.ts';
import { migrate, readMigrations } from '../src/migrate.ts';
import type { SampleRow } from '../src/rows.ts';

// ClickHouse's log of deduplication names a block before its part has its name: an engine that dies in between knows the
// block and has no part of it.
test('what was inserted as ClickHouse died is stored when it comes again', async () => {
  await using store = await startClickHouse();
  await using clickhouse = disposable(store.url);
  await migrate(clickhouse.client, await readMigrations());
  await insertSamples(clickhouse.client, [row]);
  const [path] = await clickhouse.rows<{ path: string }>("SELECT path FROM system.parts WHERE table = 'samples'");
  if (!path) throw new Error('no part was stored');

  await store.kill();
  await unname(path.path);
  await store.restart();
  expect(await clickhouse.rows('SELECT bytes_to_client FROM samples FINAL')).toEqual([]);
  await insertSamples(clickhouse.client, [row]);
  expect(await clickhouse.rows('SELECT toString(bytes_to_client) AS n FROM samples FINAL')).toEqual([{ n: '7' }]);
});

/** Gives a part the name that it had while it was written. */
function unname(part: string): Promise<void> {
  const folder = part.replace(/\/$/, '');
  return rename(folder, join(dirname(folder), `tmp_insert_${folder.slice(dirname(folder).length + 1)}`));
}

const row: SampleRow = {
  account_id: 'acc-1',
  domain_name: 'a.example',
  second: Math.floor(Date.now() / 1_000),
  edge_id: 'edge-1',
  boot_id: 'boot-1',
  sequence: '1',
  bytes_from_client: '0',
  bytes_to_client: '7',
  messages_from_client: '0',
  messages_to_client: '0',
  active_connections: '0',
  opened_connections: '0',
  closed_connections: '0',
  handshake_statuses: {},
  closes: {},
  handshake_durations: [],
  client_round_trips: [],
  origin_round_trips: [],
};

function disposable(url: string) {
  const client = openClickHouse(url);
  return {
    client,
    async rows<Row>(query: string) {
      return (await client.query({ query, format: 'JSONEachRow' })).json<Row>();
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
