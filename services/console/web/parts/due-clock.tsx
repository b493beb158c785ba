import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { Badge } from './badge.tsx';

type Props = { submitTime: Timestamp | undefined; dueTime: Timestamp | undefined; now: number };

/** How much time is left until an answer is due, or how long it is late. */
export function DueClock({ submitTime, dueTime, now }: Props) {
  if (!dueTime || !submitTime) return null;
  const left = timestampMs(dueTime) - now;
  if (left < 0) return <Badge tone="bad">{`Overdue by ${duration(-left)}`}</Badge>;
  const isLate = left < (timestampMs(dueTime) - timestampMs(submitTime)) / 2;
  return <Badge tone={isLate ? 'wait' : 'quiet'}>{`${duration(left)} left`}</Badge>;
}

/** A length of time in its two largest units: 3 d 4 h, 5 h 12 min, 40 s; below ten seconds with a tenth, 1.5 s. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`;
  const units = [
    [Math.floor(ms / 86_400_000), 'd'],
    [Math.floor(ms / 3_600_000) % 24, 'h'],
    [Math.floor(ms / 60_000) % 60, 'min'],
    [Math.floor(ms / 1_000) % 60, 's'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  const [largest, next] = units.slice(first < 0 ? -1 : first);
  const shown = [largest, ...(next && next[0] > 0 && next[1] !== 's' ? [next] : [])];
  return shown.flatMap((unit) => (unit ? [`${unit[0]} ${unit[1]}`] : [])).join(' ');
}
