import { expect, test } from 'vitest';
import { readStatement } from './statement.ts';

const read = (sql: string) => readStatement(Buffer.from(sql));

test.each([
  ['SELECT 1', 'select', undefined],
  ['  (SELECT 1) UNION ALL (SELECT 2)', 'select', undefined],
  ['WITH 1 AS x SELECT x FORMAT JSON', 'select', 'JSON'],
  ['from t select a format CSVWithNames;', 'select', 'CSVWithNames'],
  ['SELECT 1 FORMAT TSV SETTINGS max_threads = 1', 'select', 'TSV'],
  ["SELECT 1 INTO OUTFILE 'x' FORMAT TSV", 'select', 'TSV'],
  ['-- FORMAT JSON\nSELECT 1 /* ; SELECT 2 FORMAT CSV */ FORMAT\n-- the format\nXML # and no more', 'select', 'XML'],
  ["SELECT 'FORMAT JSON', `FORMAT` FORMAT Vertical", 'select', 'Vertical'],
  ["SELECT 'it''s; \\'; FORMAT JSON'", 'select', undefined],
  ['SELECT $tag$; FORMAT JSON$tag$', 'select', undefined],
  ['SELECT format FROM t', 'select', undefined],
  ['SELECT 1 AS format', 'select', undefined],
  ['SELECT format(1) FROM t;;', 'select', undefined],
  ['SHOW TABLES FORMAT JSONEachRow', 'other', 'JSONEachRow'],
  ['CREATE TABLE t (a Int8) ENGINE = Memory', 'other', undefined],
])('reads %j', (sql, kind, format) => {
  expect(read(sql)).toEqual({ kind, sql, format });
});

test.each([
  "INSERT INTO t VALUES (';'), ('a; b')",
  '/* rows */ insert into t FORMAT JSONEachRow\n{"a":";"}\n;\nx',
  'INSERT INTO t SELECT 1;',
  "INSERT INTO t SELECT ';' FROM u",
])('knows %j for an INSERT', (sql) => {
  expect(read(sql)).toEqual({ kind: 'insert' });
});

test('takes data that are no text', () => {
  const data = Buffer.concat([Buffer.from('INSERT INTO t FORMAT RowBinary\n'), Buffer.from([0, 255, 59, 39, 1])]);
  expect(readStatement(data)).toEqual({ kind: 'insert' });
});

test.each([
  'SELECT 1; SELECT 2',
  "SELECT ';'; DROP TABLE t",
  'INSERT INTO t SELECT 1; DROP TABLE t',
  'SELECT 1;; SELECT 2',
])('takes no second statement: %j', (sql) => {
  expect(() => read(sql)).toThrow('Multi-statements are not allowed');
});

test.each(['', ' \n', '-- nothing', '(('])('finds %j empty', (sql) => {
  expect(() => read(sql)).toThrow('Empty query');
});
