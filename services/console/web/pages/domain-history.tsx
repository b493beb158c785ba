import { useInfiniteQuery } from '@tanstack/react-query';
import type { HistoryEntry } from '@longwire/contracts/connect/config/v1/domain_service';
import { PagesOf } from '../parts/pages-of.tsx';
import { Time } from '../parts/time.tsx';
import { historyQuery } from '../queries.ts';
import { useSession } from '../session.tsx';

/** Everything that happened to a domain: who, when, what. */
export function DomainHistory({ domainName }: { domainName: string }) {
  const history = useInfiniteQuery(historyQuery(domainName));
  return (
    <PagesOf query={history} empty="Nothing has happened yet.">
      {(entries) => (
        <section className="table-frame" tabIndex={0} aria-label="History">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Who</th>
                <th scope="col">Version</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry, index) => (
                <Row key={`${entry.version}-${index}`} entry={entry} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </PagesOf>
  );
}

function Row({ entry: { time, type, details, actor, version } }: { entry: HistoryEntry }) {
  const { subject } = useSession();
  const said = Object.entries(details).map(([field, value]) => `${wordsOf(field)}: ${textOf(value)}`);
  return (
    <tr>
      <td className="nowrap">
        <Time value={time} seconds />
      </td>
      <td>
        {wordsOf(type)}
        {said.length > 0 && <span className="detail">{said.join(', ')}</span>}
      </td>
      <td>{actor === subject ? 'you' : actor}</td>
      <td className="number">{String(version)}</td>
    </tr>
  );
}

const names: Record<string, string> = { WebSocket: 'WebSocket', Http2: 'HTTP/2', Icp: 'ICP', icp: 'ICP' };

/** The words of an event's or a field's name: HeartbeatTimeSet is "Heartbeat time set". */
function wordsOf(name: string): string {
  const words = (name.match(/WebSocket|Http2|[A-Z]?[a-z\d]+/g) ?? [name]).map(
    (word) => names[word] ?? word.toLowerCase(),
  );
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A JSON value as text: without the marks that only programs need. */
function textOf(json: string): string {
  try {
    return readable(JSON.parse(json));
  } catch {
    return json;
  }
}

function readable(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(readable).join('; ');
  return Object.entries(value)
    .map(([field, part]) => `${wordsOf(field).toLowerCase()} ${readable(part)}`)
    .join(', ');
}
