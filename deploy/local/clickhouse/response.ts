import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import { describeException, httpStatus } from './exception.ts';

/** Figures of X-ClickHouse-Summary. The engine tells what it returned and wrote, not what it read from tables. */
export type Summary = { resultRows?: number; resultBytes?: number; writtenRows?: number; writtenBytes?: number };

export function summaryHeader(summary: Summary, startedAt: number): Record<string, string> {
  const figures = {
    read_rows: 0,
    read_bytes: 0,
    written_rows: summary.writtenRows ?? 0,
    written_bytes: summary.writtenBytes ?? 0,
    total_rows_to_read: 0,
    result_rows: summary.resultRows ?? 0,
    result_bytes: summary.resultBytes ?? 0,
    elapsed_ns: Math.round((performance.now() - startedAt) * 1e6),
  };
  const texts = Object.entries(figures).map(([name, figure]) => [name, `${figure}`]);
  return { 'X-ClickHouse-Summary': JSON.stringify(Object.fromEntries(texts)) };
}

/** The headers that tell a client how to read the result. */
export function formatHeaders(format: string): Record<string, string> {
  return { 'X-ClickHouse-Format': format, 'Content-Type': contentType(format) };
}

function contentType(format: string): string {
  if (/^JSON.*EachRow|^JSONLines|^NDJSON/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (format.startsWith('CSV'))
    return `text/csv; charset=UTF-8; header=${format.includes('With') ? 'present' : 'absent'}`;
  if (/^(?:TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^(?:Native|RowBinary|Parquet|Arrow|ORC|Avro)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

const encoders = { gzip: createGzip, deflate: createDeflate, br: createBrotliCompress, zstd: createZstdCompress };

/**
 * Sends a result. An error after the first byte cannot change the status: it is written behind the data, between marks with
 * a tag that a header announced, and the body ends without its last chunk, so that no client takes the result for whole.
 */
export async function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  mayCompress: boolean,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const tag = randomBytes(8).toString('hex');
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  const coding = mayCompress ? acceptedCoding(request) : undefined;
  if (coding) response.setHeader('Content-Encoding', coding);
  let failed = false;
  async function* body() {
    try {
      yield* chunks;
    } catch (error) {
      failed = true;
      const text = `${describeException(error).text}\n`;
      yield Buffer.from(`\r\n__exception__\r\n${tag}\r\n${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`);
    }
  }
  const source = Readable.from(body(), { objectMode: false });
  const encoded = coding ? [source, encoders[coding]()] : [source];
  await pipeline([...encoded, response], { end: false });
  if (failed) response.socket?.destroySoon();
  else response.end();
}

function acceptedCoding({ headers }: IncomingMessage): keyof typeof encoders | undefined {
  const accepted = headers['accept-encoding']?.toString() ?? '';
  return (['gzip', 'deflate', 'br', 'zstd'] as const).find((coding) => accepted.includes(coding));
}

/** Sends an error that came before any data. */
export function sendException(response: ServerResponse, error: unknown, version: string): void {
  const { code, text } = describeException(error);
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.writeHead(httpStatus(code)).end(`${text} (version ${version})\n`);
}
