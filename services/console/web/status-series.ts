import type { StatusCodePoint } from '@longwire/contracts/connect/metrics/v1/metrics_service';
import type { Series } from './parts/chart.tsx';

const names: Record<number, string> = {
  101: '101 connected',
  403: '403 switched off',
  404: '404 unknown domain',
  426: '426 no WebSocket',
  429: '429 over a limit',
  499: '499 client left',
  502: '502 bad origin',
  503: '503 overloaded',
  504: '504 origin too slow',
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
