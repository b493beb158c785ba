import type { FieldChange } from '@longwire/contracts/connect/config/v1/domain_service';
import { bitsPerSecond, count } from '../figures.ts';

/** What differs, a line a field. */
export function Changes({ changes }: { changes: FieldChange[] }) {
  return (
    <ul className="changes">
      {changes.map(({ field, from, to }) => (
        <li key={field}>
          {wordsOf(field.replace(/_bps$/, ''))}: {from === '' ? absent(to) : valueOf(field, from)} →{' '}
          <strong>{to === '' ? absent(from) : valueOf(field, to)}</strong>
        </li>
      ))}
    </ul>
  );
}

/** What a field says that is not there, by what it says when it is. */
function absent(other: string): string {
  return other === 'true' ? 'off' : 'none';
}

/** A value as text, with the unit that its field's name tells. */
function valueOf(field: string, json: string): string {
  const text = textOf(json);
  if (!/^\d+$/.test(text)) return text;
  if (field.endsWith('_bps')) return bitsPerSecond(Number(text));
  if (/_bytes_from_/.test(field)) return `${count(Number(text))} bytes`;
  return /(_per_second|connections)$/.test(field) ? count(Number(text)) : text;
}

const names: Record<string, string> = {
  websocket: 'WebSocket',
  http2: 'HTTP/2',
  icp: 'ICP',
  Http2: 'HTTP/2',
  Icp: 'ICP',
};

/** The words of an event's or a field's name: HeartbeatTimeSet is "Heartbeat time set", edge_policy.max_connections "Edge policy max connections". */
export function wordsOf(name: string): string {
  const words = (name.match(/WebSocket|Http2|[A-Z]?[a-z\d]+/g) ?? [name]).map(
    (word) => names[word] ?? (word === 'WebSocket' ? word : word.toLowerCase()),
  );
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A JSON value as text: without the marks that only programs need. */
export function textOf(json: string): string {
  if (json === '') return 'none';
  try {
    return readable(JSON.parse(json));
  } catch {
    return json;
  }
}

function readable(value: unknown): string {
  if (typeof value === 'string' && value.includes('-----BEGIN')) return 'certificates';
  if (typeof value === 'string' && /^\d+s$/.test(value)) return value.replace('s', ' s');
  if (typeof value === 'string' && /^[A-Z\d]+(_[A-Z\d]+)+$/.test(value)) return value.split('_').at(-1)!.toLowerCase();
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(readable).join('; ');
  return Object.entries(value)
    .filter(([, part]) => part !== '' && part !== 0)
    .map(([field, part]) => `${wordsOf(field).toLowerCase()} ${readable(part)}`)
    .join(', ');
}
