import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Duplex } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ServerException } from './exception.ts';

/** What one request of ClickHouse's HTTP interface asks for, https://clickhouse.com/docs/interfaces/http */
export type QueryRequest = {
  id: string;
  /** The statement, with its data if it is an INSERT. */
  statement: Buffer;
  /** What makes a fresh connection ready for it: database, settings, parameters. */
  preparation: string;
  defaultFormat: string;
  /** Of the Native format; 0 where the client names none. */
  protocolVersion: number;
  /** The status must tell how the whole query went: nothing is sent before its end. */
  waitForEnd: boolean;
  /** False when the client asked for no compression, whatever its Accept-Encoding says. */
  mayCompress: boolean;
};

const largestBody = 64 * 1024 * 1024;

/** @throws ServerException for what this server does not do, and 229 for a body over 64 MiB, counted after decompression */
export async function readQuery(request: IncomingMessage, url: URL, defaultDatabase: string): Promise<QueryRequest> {
  refuseUnsupported(url.searchParams);
  const { headers, method = 'GET' } = request;
  const body = await readBody(request);
  const form = await readForm(body, headers['content-type']);
  const values = new Map([...(form ?? []), ...url.searchParams]);
  const query = values.get('query') ?? '';
  return {
    id: values.get('query_id') ?? fromHeader(headers['x-clickhouse-query-id']) ?? randomUUID(),
    // Part of the statement in the address and part in the body: a line break comes between them.
    statement: form ? Buffer.from(query) : Buffer.concat([Buffer.from(query && `${query}\n`), body]),
    preparation: prepare(
      fromHeader(headers['x-clickhouse-database']) ?? values.get('database') ?? defaultDatabase,
      settingsOf(values, method),
    ),
    defaultFormat: fromHeader(headers['x-clickhouse-format']) ?? values.get('default_format') ?? 'TabSeparated',
    protocolVersion: Number(values.get('client_protocol_version') ?? 0),
    waitForEnd: values.get('wait_end_of_query') === '1',
    mayCompress: values.get('enable_http_compression') !== '0',
  };
}

const fromHeader = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

function refuseUnsupported(values: URLSearchParams): void {
  const name = ['compress', 'decompress', 'session_id', 'role'].find(
    (candidate) => !['', '0', null].includes(values.get(candidate)),
  );
  if (name) throw new ServerException(48, 'NOT_IMPLEMENTED', `This server does not support the parameter ${name}`);
}

const decoders: Record<string, () => Duplex> = {
  identity: () => new PassThrough(),
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const decoder = decoders[encoding]?.();
  if (!decoder) throw new ServerException(48, 'NOT_IMPLEMENTED', `Unknown compression method ${encoding}`);
  request.once('error', (error) => decoder.destroy(error)).pipe(decoder);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // The request itself stays whole after an error, for the answer goes out on its socket.
    for await (const chunk of decoder) {
      size += chunk.length;
      if (size > largestBody)
        throw new ServerException(229, 'QUERY_IS_TOO_LARGE', `Request body is over ${largestBody} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (!isDecodingError(error)) throw error;
    throw new ServerException(354, 'ZLIB_INFLATE_FAILED', `Cannot decompress the request body: ${error.message}`);
  }
  return Buffer.concat(chunks);
}

const isDecodingError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^(?:Z_|ERR__ERROR|ERR_BROTLI|ZSTD_)/.test(String(error.code));

/** Parts of a form are parameters as in the address; large parameters come this way. */
async function readForm(body: Buffer, type = ''): Promise<[string, string][] | undefined> {
  if (!type.startsWith('multipart/form-data')) return undefined;
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new ServerException(36, 'BAD_ARGUMENTS', 'Cannot read the multipart form');
  });
  return [...form].map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    throw new ServerException(48, 'NOT_IMPLEMENTED', 'This server does not take external tables');
  });
}

const notSettings = new Set(
  [
    'query database default_format query_id user password quota_key stacktrace buffer_size wait_end_of_query',
    'session_id session_timeout session_check close_session role compress decompress client_protocol_version readonly',
  ].flatMap((names) => names.split(' ')),
);

/** Settings and {name:Type} parameters, as SET takes them. GET may not write, as in ClickHouse: it implies readonly 2. */
function settingsOf(values: Map<string, string>, method: string): [string, string][] {
  const settings = [...values].filter(([name]) => name !== '' && !notSettings.has(name));
  const asked = values.get('readonly');
  const readonly = method !== 'POST' && (asked === undefined || asked === '0') ? '2' : asked;
  return readonly === undefined ? settings : [...settings, ['readonly', readonly]];
}

function prepare(database: string, settings: [string, string][]): string {
  const assignments = settings.map(([name, value]) => {
    if (!/^\w+$/.test(name)) throw new ServerException(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'`);
    return `${name}=${quote(value, "'")}`;
  });
  const use = `USE ${quote(database, '`')}`;
  return assignments.length > 0 ? `${use}; SET ${assignments.join(', ')}` : use;
}

const quote = (text: string, mark: string) => mark + text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`) + mark;
