import type { ClickHouseClient } from '@clickhouse/client';
import { accountFilter, callerOf } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Handlers } from '@longwire/contracts';
import { MetricsServiceService } from '@longwire/contracts/metrics/v1/metrics_service';
import type { BandwidthPoint, ConnectionsPoint, StatusCodePoint } from '@longwire/contracts/metrics/v1/metrics_service';
import { select } from './clickhouse.ts';
import { readQuery } from './query.ts';
import type { Query } from './query.ts';

/** Who may query; whose figures, the account filter says. */
export const policy: Policy = {
  [MetricsServiceService.queryBandwidth.path]: ['customer', 'reviewer', 'operator'],
  [MetricsServiceService.queryStatusCodes.path]: ['customer', 'reviewer', 'operator'],
  [MetricsServiceService.queryConnections.path]: ['customer', 'reviewer', 'operator'],
};

/** Answers queries from table `samples`. Intervals are aligned to multiples of their length since 1970, in UTC. */
export function metricsHandlers(clickhouse: ClickHouseClient): Handlers<typeof MetricsServiceService> {
  return {
    async queryBandwidth(request, { metadata }) {
      const account = accountFilter(callerOf(metadata), request.accountId);
      const query = readQuery(request, new Date());
      const rows = await select<BandwidthRow>(clickhouse, bandwidthSql, parameters(query, account));
      return { interval: toDuration(query.interval), points: rows.map((row) => toBandwidthPoint(row, query)) };
    },

    async queryStatusCodes(request, { metadata }) {
      const account = accountFilter(callerOf(metadata), request.accountId);
      const query = readQuery(request, new Date());
      const rows = await select<StatusCodesRow>(clickhouse, statusCodesSql, parameters(query, account));
      return { interval: toDuration(query.interval), points: rows.map(toStatusCodePoint) };
    },

    async queryConnections(request, { metadata }) {
      const account = accountFilter(callerOf(metadata), request.accountId);
      const query = readQuery(request, new Date());
      const rows = await select<ConnectionsRow>(clickhouse, connectionsSql, parameters(query, account));
      return { interval: toDuration(query.interval), points: rows.map(toConnectionsPoint) };
    },
  };
}

// FINAL: what came twice and is not merged yet counts once.
const chosen = `
  FROM samples AS s FINAL
  WHERE ({account:Nullable(String)} IS NULL OR s.account_id = {account:Nullable(String)})
    AND (empty({domains:Array(String)}) OR s.domain_name IN {domains:Array(String)})
    AND s.second >= toDateTime({start:UInt32}) AND s.second < toDateTime({end:UInt32})`;

const perInterval = `
  GROUP BY time
  ORDER BY time WITH FILL FROM {first:Int64} TO {last:Int64} STEP {interval:Int64}`;

const bandwidthSql = `
  SELECT
    intDiv(toInt64(toUnixTimestamp(s.second)), {interval:Int64}) * {interval:Int64} AS time,
    sum(s.bytes_from_client) AS from_client,
    sum(s.bytes_to_client) AS to_client
  ${chosen}
  ${perInterval}`;

const statusCodesSql = `
  SELECT
    intDiv(toInt64(toUnixTimestamp(s.second)), {interval:Int64}) * {interval:Int64} AS time,
    sumMap(s.handshake_statuses) AS counts
  ${chosen}
  ${perInterval}`;

// A second is summed over edges and domains before the most of an interval is taken.
const connectionsSql = `
  SELECT
    intDiv(toInt64(toUnixTimestamp(second)), {interval:Int64}) * {interval:Int64} AS time,
    max(open) AS active,
    sum(opened) AS opened_sum,
    sum(closed) AS closed_sum,
    sumMap(ended) AS closes
  FROM
  (
    SELECT
      s.second AS second,
      sum(s.active_connections) AS open,
      sum(s.opened_connections) AS opened,
      sum(s.closed_connections) AS closed,
      sumMap(s.closes) AS ended
    ${chosen}
    GROUP BY s.second
  )
  ${perInterval}`;

type BandwidthRow = { time: string; from_client: string; to_client: string };
type StatusCodesRow = { time: string; counts: Record<string, string> };
type ConnectionsRow = {
  time: string;
  active: string;
  opened_sum: string;
  closed_sum: string;
  closes: Record<string, string>;
};

function parameters({ domainNames, start, end, interval }: Query, account: string | undefined) {
  return {
    account: account ?? null,
    domains: domainNames,
    start: clampToDateTime(start),
    end: clampToDateTime(end),
    first: Math.floor(start / interval) * interval,
    last: Math.ceil(end / interval) * interval,
    interval,
  };
}

/** ClickHouse's DateTime ends in 2106; nothing lies beyond. */
function clampToDateTime(second: number): number {
  return Math.min(Math.max(second, 0), 2 ** 32 - 1);
}

/** The mean is over the part of the interval that the query covers: cut-off ends do not look like a drop. */
function toBandwidthPoint(row: BandwidthRow, { start, end, interval }: Query): BandwidthPoint {
  const time = Number(row.time);
  const seconds = Math.min(time + interval, end) - Math.max(time, start);
  return {
    time: toDate(time),
    fromClientBps: (Number(row.from_client) * 8) / seconds,
    toClientBps: (Number(row.to_client) * 8) / seconds,
    bytesFromClient: BigInt(row.from_client),
    bytesToClient: BigInt(row.to_client),
  };
}

function toStatusCodePoint(row: StatusCodesRow): StatusCodePoint {
  const counts = Object.entries(row.counts).map(([code, count]) => ({ code: Number(code), count: BigInt(count) }));
  return { time: toDate(Number(row.time)), counts: counts.filter(({ count }) => count > 0n) };
}

function toConnectionsPoint(row: ConnectionsRow): ConnectionsPoint {
  const closes = Object.entries(row.closes).map(([key, count]) => {
    const [side = '', cause = '', code] = key.split('/');
    return { side, cause, code: Number(code), count: BigInt(count) };
  });
  return {
    time: toDate(Number(row.time)),
    active: BigInt(row.active),
    opened: BigInt(row.opened_sum),
    closed: BigInt(row.closed_sum),
    closes: closes.toSorted(
      (one, other) =>
        one.side.localeCompare(other.side) || one.cause.localeCompare(other.cause) || one.code - other.code,
    ),
  };
}

function toDate(second: number): Date {
  return new Date(second * 1_000);
}

function toDuration(seconds: number) {
  return { seconds: BigInt(seconds), nanos: 0 };
}
