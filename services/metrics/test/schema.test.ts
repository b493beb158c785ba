import { createClient } from '@clickhouse/client';
import { startClickHouse, startNats } from '@longwire/testing';
import type { ClickHouse } from '@longwire/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ChangedMigration, migrate, readMigrations } from '../src/migrate.ts';
import { startWorld, waiting } from './world.ts';

describe('the schema', () => {
  let clickhouse: ClickHouse;
  beforeAll(async () => {
    clickhouse = await startClickHouse();
  });
  afterAll(() => clickhouse[Symbol.asyncDispose]());

  test('is brought up by two instances at once, and again without effect', async () => {
    await using database = await createDatabase(clickhouse, 'at_once');
    const migrations = await readMigrations();
    await Promise.all([migrate(database.client, migrations), migrate(database.client, migrations)]);
    expect(await migrate(database.client, migrations)).toEqual([]);
    const tables = await database.client.query({ query: 'SHOW TABLES', format: 'JSONEachRow' });
    expect(await tables.json<{ name: string }>()).toEqual(
      ['applied_migrations', 'domain_seconds', 'samples'].map((name) => ({ name })),
    );
  });

  test('whose applied file has changed is refused', async () => {
    await using database = await createDatabase(clickhouse, 'changed');
    const migrations = await readMigrations();
    await migrate(database.client, migrations);
    const changed = migrations.map((migration) => ({ ...migration, checksum: `${migration.checksum}0` }));
    await expect(migrate(database.client, changed)).rejects.toThrow(ChangedMigration);
  });

  test('is awaited before the service is ready', async () => {
    await using nats = await startNats();
    await using store = await startClickHouse();
    await store.stop();
    await using world = await startWorld(nats, store.url);
    expect(await world.ready()).toBe('the schema is not in place\nthe consumer does not run\n');
    await expect(world.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await store.restart();
    await vi.waitFor(async () => expect(await world.ready()).toBe('ok\n'), waiting);
  });
});

async function createDatabase(clickhouse: ClickHouse, name: string) {
  const admin = createClient({ url: clickhouse.url });
  await admin.command({ query: `CREATE DATABASE ${name}` });
  await admin.close();
  const client = createClient({ url: clickhouse.url.replace(/longwire$/, name) });
  return { client, [Symbol.asyncDispose]: () => client.close() };
}
