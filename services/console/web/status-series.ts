import type { StatusCodePoint } from '@longwire/contracts/connect/metrics/v1/metrics_service';
import type { Series } from './parts/chart.tsx';

// What the code says by itself (RFC 9110): some come from the edge, some from the origin. 499 is the edge's own.
const names: Record<number, string> = {
  101: '101 connected',
  400: '400 bad request',
  401: '401 unauthorized',
  403: '403 forbidden',
  404: '404 not found',
  408: '408 too slow',
  426: '426 not WebSocket',
  429: '429 too many',
  499: '499 client left',
  502: '502 bad gateway',
  503: '503 unavailable',
  504: '504 gateway timeout',
};

/** One series a status code, in order; codes of a class share a family of colours. */
export function statusSeries(points: StatusCodePoint[]): Series[] {
  const codes = [...new Set(points.flatMap(({ counts }) => counts.map(({ code }) => code)))].toSorted((a, b) => a - b);
  const seen = new Map<string, number>();
  return codes.map((code) => {
    const family = code < 400 ? 'good' : code < 500 ? 'client' : 'server';
    const place = seen.get(family) ?? 0;
    seen.set(family, place + 1);
    return {
      name: names[code] ?? String(code),
      colour: `--status-${family}-${(place % 3) + 1}`,
      values: points.map(({ counts }) => Number(counts.find((entry) => entry.code === code)?.count ?? 0)),
    };
  });
}
