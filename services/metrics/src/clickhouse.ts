import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { DomainError } from '@longwire/contracts';
import type { SampleRow } from './rows.ts';

/** Below the ten seconds that a caller waits unless told otherwise. */
const queryBudgetS = 8;

/** A client of ClickHouse's HTTP interface; nothing is asked of the server before the first statement. */
export function openClickHouse(url: string): ClickHouseClient {
  return createClient({
    url,
    application: 'longwire-metrics',
    request_timeout: 20_000,
    // A hundred domain names may be longer than what a proxy takes for an address.
    use_multipart_params_auto: true,
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/**
 * Rows of a query; its parameters are bound by the server, `{name:Type}`. 64-bit integers come as text.
 * @throws DomainError UNAVAILABLE when ClickHouse cannot be asked now, DEADLINE_EXCEEDED when it took too long
 */
export async function select<Row>(
  clickhouse: ClickHouseClient,
  query: string,
  parameters: Record<string, unknown>,
): Promise<Row[]> {
  try {
    const result = await clickhouse.query({
      query,
      query_params: parameters,
      format: 'JSONEachRow',
      clickhouse_settings: {
        max_execution_time: queryBudgetS,
        output_format_json_quote_64bit_integers: 1,
        // The time is part of both keys: rows that replace each other are of one partition.
        do_not_merge_across_partitions_select_final: 1,
      },
    });
    return await result.json<Row>();
  } catch (error) {
    throw toDomainError(error);
  }
}

/**
 * Inserts rows now; they are stored when it resolves. What was stored and not confirmed is inserted again: rows replace
 * themselves, and nothing rests on ClickHouse knowing a block again.
 */
export async function insertSamples(clickhouse: ClickHouseClient, rows: SampleRow[]): Promise<void> {
  await clickhouse.insert({
    table: 'samples',
    values: rows,
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

// Numbers of ClickHouse's errors, `SELECT errorCodeToName(n)`.
const tableMissing = ['60', '81']; // Before the first migration.
const overloaded = ['202', '241', '439'];
const tooSlow = '159';

function toDomainError(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return unavailable(error);
  if (error.code === tooSlow)
    return new DomainError('DEADLINE_EXCEEDED', 'QUERY_TOO_SLOW', 'The query took too long. Narrow its range.');
  return [...tableMissing, ...overloaded].includes(error.code) ? unavailable(error) : error;
}

function unavailable(cause: unknown): DomainError {
  const error = new DomainError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'The store of metrics does not answer. Try again.');
  error.cause = cause;
  return error;
}
