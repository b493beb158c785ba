import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { Time } from './time.tsx';

type Props = { caption: string; columns: string[]; rows: { time: Timestamp | undefined; cells: string[] }[] };

/** What a chart shows, as a table for who cannot or would not read a chart. Intervals without anything are left out. */
export function Figures({ caption, columns, rows }: Props) {
  if (rows.length === 0) return null;
  return (
    <details className="as-table">
      <summary>Show as a table</summary>
      <section className="table-frame" tabIndex={0} aria-label={caption}>
        <table>
          <caption className="hidden">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="number">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.toReversed().map(({ time, cells }) => (
              <tr key={String(time?.seconds)}>
                <td className="nowrap">
                  <Time value={time} seconds />
                </td>
                {cells.map((cell, index) => (
                  <td key={columns[index]} className="number">
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
