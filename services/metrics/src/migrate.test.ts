import { expect, test } from 'vitest';
import { ChangedMigration, pendingMigrations, readMigrations, toMigration } from './migrate.ts';

const first = toMigration('0001_first.sql', 'CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = Memory;\n');
const second = toMigration('0002_second.sql', 'CREATE OR REPLACE VIEW b AS SELECT 1;\n');
const record = ({ version, checksum }: typeof first) => ({ version, checksum });

test('what is not applied is pending, in order', () => {
  expect(pendingMigrations([first, second], [])).toEqual([first, second]);
  expect(pendingMigrations([first, second], [record(first)])).toEqual([second]);
});

test('applied twice by two instances is applied', () => {
  expect(pendingMigrations([first, second], [first, first, second].map(record))).toEqual([]);
});

test('what a newer release applied stays', () => {
  expect(pendingMigrations([first], [first, second].map(record))).toEqual([]);
});

test('an applied file that changed is an error, one more space is a change', () => {
  const changed = toMigration('0001_first.sql', 'CREATE TABLE IF NOT EXISTS a (x UInt8)  ENGINE = Memory;\n');
  expect(() => pendingMigrations([changed, second], [record(first)])).toThrow(ChangedMigration);
  expect(() => pendingMigrations([first], [record(first), record(changed)])).toThrow(ChangedMigration);
});

test('a statement ends with a semicolon at the end of a line; what is only comment is none', () => {
  const { statements } = toMigration('0003_more.sql', "-- one; two\nSELECT ';';\n\nSELECT\n  2;\n-- the end\n");
  expect(statements.map((text) => text.trim())).toEqual(["-- one; two\nSELECT ';'", 'SELECT\n  2']);
});

test('the files are numbered without gaps, and every statement may be repeated', async () => {
  const migrations = await readMigrations();
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  for (const statement of migrations.flatMap(({ statements }) => statements)) {
    expect(statement).toMatch(/IF NOT EXISTS|IF EXISTS|OR REPLACE|MODIFY SETTING/);
  }
});
