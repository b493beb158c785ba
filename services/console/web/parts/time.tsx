import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Timestamp } from '@bufbuild/protobuf/wkt';

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const localWithSeconds = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment in the reader's time zone; UTC appears on hover. A dash where there is none. */
export function Time({ value, seconds = false }: { value: Timestamp | undefined; seconds?: boolean }) {
  if (!value) return <>–</>;
  const date = timestampDate(value);
  const iso = date.toISOString();
  return (
    <time dateTime={iso} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`}>
      {(seconds ? localWithSeconds : local).format(date)}
    </time>
  );
}
