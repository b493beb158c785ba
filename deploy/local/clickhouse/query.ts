import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection, Engine } from './engine.ts';
import { withProtocolVersion } from './native.ts';
import { readQuery } from './request.ts';
import type { QueryRequest } from './request.ts';
import { formatHeaders, sendResult, summaryHeader } from './response.ts';
import type { Summary } from './response.ts';
import { readStatement } from './statement.ts';

/** Takes one query from a request, runs it on a connection of its own, and answers. */
export async function answerQuery(
  engine: Engine,
  defaultDatabase: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const query = await readQuery(request, url, defaultDatabase);
  response.setHeader('X-ClickHouse-Query-Id', query.id);
  response.setHeader('X-ClickHouse-Timezone', engine.timezone);
  using connection = engine.connect();
  const startedAt = performance.now();
  await connection.run(query.preparation, 'Null');
  const { format, summary, chunks } = await execute(connection, query);
  response.setHeaders(new Map(Object.entries({ ...formatHeaders(format), ...summaryHeader(summary, startedAt) })));
  await sendResult(request, response, query.mayCompress, chunks);
}

type Outcome = { format: string; summary: Summary; chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> };

/** Resolves when the first data are there, or all is done: what goes wrong before still has a status of its own. */
async function execute(connection: Connection, query: QueryRequest): Promise<Outcome> {
  const statement = readStatement(query.statement);
  if (statement.kind === 'insert') {
    const { rows, bytes } = await insert(connection, query.statement);
    return { format: query.defaultFormat, summary: { writtenRows: rows, writtenBytes: bytes }, chunks: [] };
  }
  const { kind, sql, format = query.defaultFormat } = statement;
  const encode = (data: Uint8Array) => (format === 'Native' ? withProtocolVersion(data, query.protocolVersion) : data);
  const isStreamed = kind === 'select' && !query.waitForEnd && isConcatenable(format, query);
  const chunks = isStreamed && (await startStream(connection.stream(sql, format), encode));
  if (chunks) return { format, summary: {}, chunks };
  const { data, rows, bytes } = await connection.run(sql, format);
  return { format, summary: { resultRows: rows, resultBytes: bytes }, chunks: [encode(data)] };
}

/** An INSERT without any data stores nothing and is no error over HTTP, other than in the engine's command line. */
async function insert(connection: Connection, statement: Buffer): Promise<{ rows: number; bytes: number }> {
  try {
    return await connection.insert(statement);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Code: 108.')) return { rows: 0, bytes: 0 };
    throw error;
  }
}

// Formats of which several documents, one behind the other, are again one.
const concatenable =
  /^(?:JSON(?:Strings|Compact|CompactStrings)?EachRow|JSONLines|NDJSON|(?:TabSeparated|TSV|Raw)(?:Raw)?|CSV|TSKV|RowBinary|Native|LineAsString)$/;

function isConcatenable(format: string, { preparation, statement }: QueryRequest): boolean {
  const bracketed = 'json_array_of_rows';
  return concatenable.test(format) && !preparation.includes(bracketed) && !statement.includes(bracketed);
}

/** The result chunk by chunk, the first one at hand; nothing for a statement that the engine runs in one go only. */
async function startStream(
  stream: AsyncGenerator<Uint8Array>,
  encode: (data: Uint8Array) => Uint8Array,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  try {
    const first = await stream.next();
    return first.done ? stream : encodeAll(encode(first.value), stream, encode);
  } catch (error) {
    if (error instanceof Error && error.message.includes('Streaming query is not supported')) return undefined;
    throw error;
  }
}

async function* encodeAll(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  encode: (data: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield first;
  for await (const chunk of rest) yield encode(chunk);
}
