import { invalidArgument } from '@longwire/contracts';
import type { FieldViolation } from '@longwire/contracts';
import type { QueryBandwidthRequest } from '@longwire/contracts/metrics/v1/metrics_service';

/** The fields that every query of this service has. */
export type QueryFields = Pick<QueryBandwidthRequest, 'domainNames' | 'startTime' | 'endTime' | 'interval'>;

/** What to read: whole seconds of UTC from `start` up to, without, `end`, in steps of `interval` seconds. */
export type Query = { domainNames: string[]; start: number; end: number; interval: number };

const dayS = 86_400;
const niceIntervals = [1, 5, 10, 30, 60, 300, 3_600] as const;
const longestIntervalS = 366 * dayS;
const autoPoints = 1_000;
const maxPoints = 11_000;
const maxDomains = 100;
// What a google.protobuf.Timestamp holds.
const firstTime = new Date('0001-01-01T00:00:00Z');
const endOfTime = new Date('+010000-01-01T00:00:00Z');

/**
 * Reads a request. Times are widened to whole seconds, since a sample is a second; a range may reach back beyond what is
 * kept, which gives zeros.
 * @throws DomainError INVALID_ARGUMENT with every bad field
 */
export function readQuery({ domainNames, startTime, endTime, interval }: QueryFields, now: Date): Query {
  const violations = domainViolations(domainNames);
  const end = Math.ceil((endTime ?? now).getTime() / 1_000);
  const start = startTime ? Math.floor(startTime.getTime() / 1_000) : end - dayS;
  const rangeViolations = violationsOfRange({ startTime, endTime }, start, end);
  violations.push(...rangeViolations);
  const isRange = rangeViolations.length === 0;
  const step = interval ? secondsOf(interval) : finestInterval(start, end);
  const stepViolation = violationOfInterval(step, isRange ? pointCount(start, end, step) : 0);
  if (stepViolation) violations.push(stepViolation);
  if (violations.length > 0) throw invalidArgument(violations);
  return { domainNames, start, end, interval: step };
}

/** The finest of 1, 5, 10, 30 s, 1, 5 min, 1 h and 1 day that gives at most 1000 points. */
export function finestInterval(start: number, end: number): number {
  return niceIntervals.find((interval) => pointCount(start, end, interval) <= autoPoints) ?? dayS;
}

/** How many intervals, aligned to multiples of their length since 1970 in UTC, a range touches. */
function pointCount(start: number, end: number, interval: number): number {
  return Math.ceil(end / interval) - Math.floor(start / interval);
}

/** NaN for a duration that is not of whole seconds. */
function secondsOf({ seconds, nanos }: NonNullable<QueryFields['interval']>): number {
  return nanos === 0 ? Number(seconds) : Number.NaN;
}

function violationsOfRange(
  { startTime, endTime }: Pick<QueryFields, 'startTime' | 'endTime'>,
  start: number,
  end: number,
): FieldViolation[] {
  const times = [
    { field: 'start_time', time: startTime },
    { field: 'end_time', time: endTime },
  ];
  const unreadable = times.filter(({ time }) => time && !(time >= firstTime && time < endOfTime));
  if (unreadable.length > 0)
    return unreadable.map(({ field }) => ({ field, description: 'must be a time of the years 1 to 9999' }));
  return end > start ? [] : [{ field: 'end_time', description: 'must be after start_time' }];
}

function violationOfInterval(interval: number, points: number): FieldViolation | undefined {
  const field = 'interval';
  if (!Number.isInteger(interval) || interval < 1 || interval > longestIntervalS)
    return { field, description: `must be whole seconds, from 1 to ${longestIntervalS}` };
  if (points > maxPoints)
    return {
      field,
      description: `gives ${points} points, and ${maxPoints} are the most: lengthen it or narrow the range`,
    };
  return undefined;
}

// Names as the configuration keeps them: lower case, A-labels, the first label may be the wildcard.
const domainName = /^(?=.{1,253}$)(?:\*\.)?(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

function domainViolations(names: string[]): FieldViolation[] {
  if (names.length > maxDomains)
    return [{ field: 'domain_names', description: `has ${names.length} names, and ${maxDomains} are the most` }];
  return names.flatMap((name, index) =>
    domainName.test(name)
      ? []
      : [
          {
            field: `domain_names[${index}]`,
            description: 'must be a domain name: lower case, A-labels, no trailing dot',
          },
        ],
  );
}
