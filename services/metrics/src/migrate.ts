import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { ClickHouseClient } from '@clickhouse/client';

/** One numbered file of deploy/clickhouse: NNNN_name.sql. */
export type Migration = { version: number; name: string; checksum: string; statements: string[] };
export type Applied = { version: number; checksum: string };

/** An applied file is not what it was: the schema in place is of other text. Put it back, and write a new number. */
export class ChangedMigration extends Error {}

const folder = new URL('../../../deploy/clickhouse/', import.meta.url);

/** The files of the folder in the order of their numbers. */
export async function readMigrations(from: URL = folder): Promise<Migration[]> {
  const names = (await readdir(from)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).toSorted();
  return Promise.all(names.map(async (name) => toMigration(name, await readFile(new URL(name, from), 'utf8'))));
}

/**
 * Brings the database to the latest file, forward only. ClickHouse has neither transactions nor locks for this, so every
 * statement is written to be repeatable (IF NOT EXISTS, OR REPLACE, MODIFY SETTING): two instances that start at once, or a
 * crash between a statement and its record, do it twice and no harm. Versions that only a newer release knows stay as they are.
 * @throws ChangedMigration
 */
export async function migrate(clickhouse: ClickHouseClient, migrations: Migration[]): Promise<Migration[]> {
  await clickhouse.command({ query: createApplied });
  const result = await clickhouse.query({
    query: 'SELECT version, checksum FROM applied_migrations',
    format: 'JSONEachRow',
  });
  const pending = pendingMigrations(migrations, await result.json<Applied>());
  for (const { version, name, checksum, statements } of pending) {
    for (const query of statements) await clickhouse.command({ query });
    await clickhouse.insert({
      table: 'applied_migrations',
      values: [{ version, name, checksum }],
      format: 'JSONEachRow',
    });
  }
  return pending;
}

/** The migrations that are not applied yet, in order. @throws ChangedMigration */
export function pendingMigrations(migrations: Migration[], applied: Applied[]): Migration[] {
  return migrations.filter(({ version, name, checksum }) => {
    const records = applied.filter((record) => record.version === version);
    if (records.some((record) => record.checksum !== checksum))
      throw new ChangedMigration(`${name} was applied with other content; restore it and add a new file instead`);
    return records.length === 0;
  });
}

/** A file as its statements: each ends with a semicolon at the end of a line. */
export function toMigration(name: string, text: string): Migration {
  return {
    version: Number(name.slice(0, 4)),
    name,
    checksum: createHash('sha256').update(text).digest('hex'),
    statements: text.split(/;[ \t]*$/m).filter((part) => part.replace(/--.*$/gm, '').trim() !== ''),
  };
}

// By checksum too: should two releases apply different files under one number, both stay to be seen.
const createApplied = `
  CREATE TABLE IF NOT EXISTS applied_migrations
  (
    version UInt32,
    name String,
    checksum String COMMENT 'SHA-256 of the file',
    time DateTime('UTC') DEFAULT now()
  )
  ENGINE = ReplacingMergeTree
  ORDER BY (version, checksum)
  COMMENT 'Which files of deploy/clickhouse this database has'`;
