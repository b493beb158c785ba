import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client';
import { startClickHouse } from '@longwire/testing';
import type { ClickHouse } from '@longwire/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let server: ClickHouse;
let client: ReturnType<typeof connect>;

beforeAll(async () => {
  server = await startClickHouse();
  client = connect({ url: server.url });
});
afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

function connect(options: ClickHouseClientConfigOptions): ClickHouseClient & AsyncDisposable {
  const created = createClient({ ...options, log: { level: ClickHouseLogLevel.OFF } });
  return Object.assign(created, { [Symbol.asyncDispose]: () => created.close() });
}

const rowsOf = async (query: string, extra: object = {}): Promise<unknown[]> =>
  (await client.query({ query, format: 'JSONEachRow', ...extra })).json();

/** The HTTP interface as curl would use it. */
function http(path: string, init: RequestInit = {}): Promise<Response> {
  const { origin, username, password } = new URL(server.url);
  const headers = new Headers(init.headers);
  headers.set('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  return fetch(origin + path, { ...init, headers });
}
const select = (sql: string, more = '') => http(`/?query=${encodeURIComponent(sql)}${more}`);

describe('@clickhouse/client', () => {
  test('pings', async () => {
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  test('makes a table, inserts rows and reads them back', async () => {
    await client.command({ query: 'CREATE TABLE fruit (id UInt32, name String) ENGINE = MergeTree ORDER BY id' });
    const { summary } = await client.insert({
      table: 'fruit',
      values: [
        { id: 1, name: "l'anguria" },
        { id: 2, name: 'naïve; 梨\n' },
      ],
      format: 'JSONEachRow',
    });
    expect(summary?.written_rows).toBe('2');
    expect(await rowsOf('SELECT * FROM fruit ORDER BY id')).toEqual([
      { id: 1, name: "l'anguria" },
      { id: 2, name: 'naïve; 梨\n' },
    ]);
    const result = await client.query({ query: 'SELECT count() AS n FROM longwire.fruit', format: 'JSON' });
    expect(await result.json()).toMatchObject({ data: [{ n: 2 }], rows: 1 });
  });

  test('inserts from a stream, with gzip both ways', async () => {
    await using packed = connect({ url: server.url, compression: { request: true, response: true } });
    await packed.command({ query: 'CREATE TABLE streamed (n UInt64) ENGINE = MergeTree ORDER BY n' });
    const lines = Array.from({ length: 5000 }, (_, n) => ({ n }));
    await packed.insert({ table: 'streamed', values: Readable.from(lines), format: 'JSONEachRow' });
    await packed.insert({
      table: 'streamed',
      values: Readable.from(['7\n8\n'], { objectMode: false }),
      format: 'CSV',
      columns: ['n'],
    });
    const result = await packed.query({ query: 'SELECT count() AS rows, sum(n) AS total FROM streamed' });
    expect(result.response_headers['content-encoding']).toBe('gzip');
    expect((await result.json()).data).toEqual([{ rows: 5002, total: (5000 * 4999) / 2 + 15 }]);
  });

  test('inserts nothing from an empty stream', async () => {
    await client.command({ query: 'CREATE TABLE empty (n UInt64) ENGINE = Memory' });
    const { summary } = await client.insert({ table: 'empty', values: Readable.from([]), format: 'JSONEachRow' });
    expect(summary?.written_rows).toBe('0');
  });

  test('inserts Parquet and reads it back', async () => {
    await client.command({ query: 'CREATE TABLE parquet (n UInt64, s String) ENGINE = Memory' });
    const file = await select("SELECT number AS n, 'x\\0y' AS s FROM numbers(1000) FORMAT Parquet");
    const values = Readable.from([Buffer.from(await file.arrayBuffer())], { objectMode: false });
    await client.insert({ table: 'parquet', values, format: 'Parquet' });
    expect(await rowsOf("SELECT sum(n) AS total FROM parquet WHERE s = 'x\\0y'")).toEqual([{ total: 499_500 }]);
  });

  test('binds parameters of every kind, whatever is in them', async () => {
    const query_params = {
      text: `it's a "quoted" \\ back\\nslash;\ttab\nline {x:String} 梨`,
      list: ["a'b", 'c\\d', 'e,f]'],
      nothing: null,
      when: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
      yes: true,
      table: 'fruit',
    };
    const query = `SELECT {text:String} AS text, {list:Array(String)} AS list, {nothing:Nullable(Int8)} AS nothing,
      {when:DateTime('UTC')} AS when, {yes:Bool} AS yes FROM system.one`;
    const { text, list } = query_params;
    expect(await rowsOf(query, { query_params })).toEqual([
      { text, list, nothing: null, when: '2026-01-02 03:04:05', yes: true },
    ]);
    expect(await rowsOf('SELECT count() > 0 AS found FROM {table:Identifier}', { query_params })).toEqual([
      { found: 1 },
    ]);
  });

  test('binds parameters that are too long for an address', async () => {
    const list = Array.from({ length: 2000 }, (_, index) => `member-${index}`);
    const query = 'SELECT length({list:Array(String)}) AS n';
    expect(await rowsOf(query, { query_params: { list }, use_multipart_params: true })).toEqual([{ n: 2000 }]);
  });

  test('applies settings to one query only', async () => {
    const setting = "SELECT toUInt32(getSetting('max_block_size')) AS n";
    expect(await rowsOf(setting, { clickhouse_settings: { max_block_size: '4321' } })).toEqual([{ n: 4321 }]);
    expect(await rowsOf(setting)).not.toEqual([{ n: 4321 }]);
  });

  test('streams a large result', async () => {
    const result = await client.query({ query: 'SELECT number FROM numbers(1000000)', format: 'JSONEachRow' });
    let rows = 0;
    for await (const chunk of result.stream()) rows += chunk.length;
    expect(rows).toBe(1_000_000);
  });

  test('names the error', async () => {
    const failure = client.query({ query: 'SELECT * FROM nowhere' });
    await expect(failure).rejects.toBeInstanceOf(ClickHouseError);
    await expect(failure).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  });

  test('is told of an error that comes in the middle of a result', async () => {
    const query = 'SELECT throwIf(number = 900000) FROM numbers(1000000)';
    const result = await client.query({ query, format: 'JSONEachRow', clickhouse_settings: { max_threads: 1 } });
    const reading = (async () => {
      for await (const _ of result.stream());
    })();
    await expect(reading).rejects.toMatchObject({ code: '395' });
  });

  test('is refused with a wrong password', async () => {
    await using stranger = connect({ url: server.url.replace('secret', 'guess') });
    await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({
      code: '516',
      type: 'AUTHENTICATION_FAILED',
    });
  });
});

describe('plain HTTP', () => {
  test('answers health checks without a password', async () => {
    const { origin } = new URL(server.url);
    for (const path of ['/ping', '/replicas_status', '/']) {
      const response = await fetch(origin + path);
      expect([response.status, await response.text()]).toEqual([200, 'Ok.\n']);
    }
  });

  test('takes the statement from the address, from the body, or from both', async () => {
    const answers = [
      await select('SELECT 1'),
      await http('/', { method: 'POST', body: 'SELECT 1' }),
      await http('/?query=SELECT', { method: 'POST', body: '1' }),
    ];
    for (const answer of answers) expect(await answer.text()).toBe('1\n');
    expect((await http('/?query=SEL', { method: 'POST', body: 'ECT 1' })).status).toBe(400);
  });

  test('says in headers what came', async () => {
    const response = await select('SELECT 1 AS one FORMAT JSON', '&query_id=my-query');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'x-clickhouse-format': 'JSON',
      'x-clickhouse-query-id': 'my-query',
      'x-clickhouse-server-display-name': expect.stringMatching(/./),
      'x-clickhouse-summary': expect.stringContaining('"result_rows":"1"'),
      'x-clickhouse-timezone': expect.stringMatching(/./),
    });
    expect((await select('SELECT 1', '&default_format=CSVWithNames')).headers.get('x-clickhouse-format')).toBe(
      'CSVWithNames',
    );
  });

  test.each([
    ['SELECT * FROM nowhere', 404, 60],
    ['SELECT * FROM nowhere.at_all', 404, 81],
    ['SELEC 1', 400, 62],
    ['SELECT 1; SELECT 2', 400, 62],
    ["SELECT toUInt8('x')", 400, 6],
    ['CREATE TABLE x (a Int8) ENGINE = Memory', 500, 164],
  ])('answers %s with status %i and exception %i', async (sql, status, code) => {
    const response = await select(sql);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(`${code}`);
    expect(await response.text()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\) \\(version [\\d.]+\\)\n$`, 's'),
    );
  });

  test('answers an unknown setting with 404, and a name that is no name too', async () => {
    expect((await select('SELECT 1', '&no_such_setting=1')).status).toBe(404);
    expect((await select('SELECT 1', `&${encodeURIComponent("a=1; DROP TABLE x; SET b='")}=1`)).status).toBe(404);
  });

  test('lets GET read only, and readonly=1 change no settings either', async () => {
    expect((await select('INSERT INTO fruit VALUES (9, 1)')).headers.get('x-clickhouse-exception-code')).toBe('164');
    const strict = await http('/?readonly=1', { method: 'POST', body: 'SELECT 1 SETTINGS max_threads = 1' });
    expect(strict.headers.get('x-clickhouse-exception-code')).toBe('164');
    expect((await http('/?readonly=1', { method: 'POST', body: 'SELECT 1' })).status).toBe(200);
    expect((await select('SELECT 1', '&readonly=0&max_threads=1')).status).toBe(200);
  });

  test('knows its user by headers of its own and by the address, but not by two ways at once', async () => {
    const { origin, username, password } = new URL(server.url);
    const headers = { 'x-clickhouse-user': username, 'x-clickhouse-key': password };
    const inAddress = `user=${username}&password=${password}`;
    expect((await fetch(`${origin}/?query=SELECT+1`, { headers })).status).toBe(200);
    expect((await fetch(`${origin}/?query=SELECT+1&${inAddress}`)).status).toBe(200);
    expect((await fetch(`${origin}/?query=SELECT+1&${inAddress}`, { headers })).status).toBe(403);
    expect((await fetch(`${origin}/?query=SELECT+1`)).status).toBe(403);
  });

  test('refuses a body that grows beyond its bound when unpacked', async () => {
    const body = gzipSync(Buffer.alloc(65 * 1024 * 1024, ' '));
    const response = await http('/', { method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([413, '229']);
  });

  test('refuses a body that is not what its encoding says', async () => {
    const response = await http('/', { method: 'POST', body: 'SELECT 1', headers: { 'content-encoding': 'gzip' } });
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('354');
  });

  test('ends a query after max_execution_time', async () => {
    const response = await select(
      'SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1',
      '&max_execution_time=0.3',
    );
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([408, '159']);
  });

  test('answers pings while as many queries run as may, and more wait', async () => {
    const slow = Array.from({ length: 6 }, () => select('SELECT sleep(0.5)'));
    const ping = http('/ping').then((response) => response.text());
    expect(await Promise.race([ping, ...slow.map((query) => query.then(() => 'a query came first'))])).toBe('Ok.\n');
    for (const response of await Promise.all(slow)) expect(response.status).toBe(200);
  });

  test('ends the query of a client that has gone away', async () => {
    const controller = new AbortController();
    const sql = "SELECT number, 'gone' FROM numbers(100000000000)";
    const response = await http('/?max_threads=1', { method: 'POST', body: sql, signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    const running = "SELECT count() FROM system.processes WHERE query LIKE '%gone%' AND query NOT LIKE '%processes%'";
    await expect.poll(async () => (await select(running)).text(), { timeout: 5000 }).toBe('0\n');
  });
});

test('an acknowledged insert outlives a kill, in every database', async () => {
  await using mortal = await startClickHouse();
  await using writer = connect({ url: mortal.url });
  for (const table of ['longwire.kept', 'default.kept'])
    await writer.command({ query: `CREATE TABLE ${table} (n UInt64) ENGINE = MergeTree ORDER BY n` });
  for (let round = 1; round <= 3; round++) {
    for (const table of ['longwire.kept', 'default.kept'])
      await writer.insert({ table, values: [{ n: round }], format: 'JSONEachRow' });
    await mortal.kill();
    await mortal.restart();
    const query = 'SELECT (SELECT count() FROM longwire.kept) AS a, (SELECT count() FROM default.kept) AS b';
    expect(await (await writer.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ a: round, b: round }]);
  }
});

test('stops in good order, and starts again with what it had', async () => {
  await using server2 = await startClickHouse();
  await using writer = connect({ url: server2.url });
  await writer.command({ query: 'CREATE VIEW two AS SELECT 2 AS n' });
  await server2.stop();
  await expect(writer.query({ query: 'SELECT 1' })).rejects.toThrow(/ECONNREFUSED|socket hang up|ECONNRESET/);
  await server2.restart();
  expect(await (await writer.query({ query: 'SELECT n FROM two', format: 'JSONEachRow' })).json()).toEqual([{ n: 2 }]);
});
