import { startClickHouse } from '@longwire/testing';
import type { ClickHouse } from '@longwire/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: ClickHouse;
beforeAll(async () => {
  server = await startClickHouse();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Go drivers, and Grafana with them, ask for the Native format in a protocol version. */
function select(sql: string, version?: number): Promise<Response> {
  const { origin, username, password } = new URL(server.url);
  const parameters = new URLSearchParams({ query: sql, default_format: 'Native', user: username, password });
  if (version !== undefined) parameters.set('client_protocol_version', `${version}`);
  return fetch(`${origin}/?${parameters.toString()}`);
}

const blocks = async (sql: string, version?: number) => Buffer.from(await (await select(sql, version)).arrayBuffer());

test('has the information of a block and the serialization of a column', async () => {
  const sql = "SELECT toUInt8(7) AS a, 'x' AS b";
  const plain = '02 01 0161 0555496e7438 07 0162 06537472696e67 0178'.replaceAll(' ', '');
  const versioned = '0100 02ffffffff 00 02 01 0161 0555496e7438 00 07 0162 06537472696e67 00 0178'.replaceAll(' ', '');
  expect((await blocks(sql)).toString('hex')).toBe(plain);
  expect((await blocks(sql, 54_460)).toString('hex')).toBe(versioned);
});

test.each([
  'toInt8(1), toUInt16(2), toInt32(3), toUInt64(4), toInt128(5), toUInt256(6), true, toFloat32(7), 8.5, toBFloat16(1)',
  "toDate('2026-01-01'), toDate32('2026-01-01'), toDateTime('2026-01-01 00:00:00', 'Asia/Shanghai'), now64(3, 'UTC'), INTERVAL 1 DAY",
  "'', repeat('x', 300), toFixedString('abc', 5), generateUUIDv4(), toIPv4('1.2.3.4'), toIPv6('::1')",
  "toDecimal32(1, 2), toDecimal64(1, 2), toDecimal128(1, 2), toDecimal256(1, 2), CAST('a,b', 'Enum8(\\'a,b\\' = 1, \\')\\' = 2)')",
  "NULL, toNullable(1), CAST(NULL, 'Nullable(String)'), [1, 2], [['a'], []], emptyArrayString(), arrayMap(x -> toNullable(x), range(number))",
  "map('a', [1]), (1, 'x'), tuple(), CAST((1, ['x']), 'Tuple(`a b` UInt8, `c)` Array(String))'), CAST(1, 'SimpleAggregateFunction(sum, UInt64)')",
  "toLowCardinality(toString(number)), [toLowCardinality(CAST(NULL, 'Nullable(String)')), 'a'], CAST([], 'Array(LowCardinality(String))')",
  "map(toLowCardinality('k'), toLowCardinality('v')), (toLowCardinality(number), 'x')",
])('finds the end of every column of %s', async (columns) => {
  const sql = `SELECT ${columns} FROM numbers(3)`;
  const [plain, versioned] = [await blocks(sql), await blocks(sql, 54_460)];
  const [columnCount = 0, rowCount] = plain;
  expect(rowCount).toBe(3);
  expect(versioned.length).toBe(plain.length + 8 + columnCount);
});

test('says of which type it does not know the end', async () => {
  const response = await select('SELECT sumState(1)', 54_460);
  expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([501, '48']);
});
