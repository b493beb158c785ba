import type { Template } from './content.ts';
import type { Entry } from './list.ts';

/** A decision about an account, and when the last of its messages was accepted by the relay or the provider. */
export type Decision = { key: string; accountId: string; causeTime: Date; toldTime: Date | undefined };

const decided: ReadonlySet<string> = new Set<Template>([
  'application-approved',
  'application-rejected',
  'entitlement-suspended',
  'entitlement-reinstated',
]);

/** The decisions that accounts are told of, in their order. Told is one whose messages were all accepted. */
export function decisionsIn(entries: Iterable<Entry>): Decision[] {
  const decisions = new Map<string, Decision>();
  for (const { id, notification, createTime, sentTime } of entries) {
    if (!isDecision(notification.content.template)) continue;
    const key = id.slice(0, id.lastIndexOf('-')); // without the channel
    const other = decisions.get(key);
    const { accountId, causeTime } = notification;
    decisions.set(key, {
      key,
      accountId,
      causeTime: causeTime === undefined ? createTime : new Date(causeTime),
      toldTime: other ? later(other.toldTime, sentTime) : sentTime,
    });
  }
  return [...decisions.values()];
}

/** Whether a template tells of a decision about an account. */
export function isDecision(template: Template): boolean {
  return decided.has(template);
}

function later(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one && other && (one > other ? one : other);
}

export type TellingFigures = {
  decisionCount: number;
  toldCount: number;
  /** Told too late, or not told although it is too late. */
  notMetCount: number;
  /** Seconds from the decision to the acceptance of its last message, of those told; 0 when there is none. */
  p50Seconds: number;
  p95Seconds: number;
  maxSeconds: number;
};

/** How fast decisions are told. Percentiles are the nearest rank. */
export function tellingFigures(decisions: readonly Decision[], limitMs: number, now: Date): TellingFigures {
  const seconds = decisions
    .flatMap(({ causeTime, toldTime }) =>
      toldTime ? [Math.max(0, toldTime.getTime() - causeTime.getTime()) / 1000] : [],
    )
    .toSorted((a, b) => a - b);
  const percentile = (share: number) => seconds[Math.ceil(seconds.length * share) - 1] ?? 0;
  return {
    decisionCount: decisions.length,
    toldCount: seconds.length,
    notMetCount: decisions.filter((decision) => isMissed(decision, limitMs, now)).length,
    p50Seconds: percentile(0.5),
    p95Seconds: percentile(0.95),
    maxSeconds: seconds.at(-1) ?? 0,
  };
}

/** Whether a decision was not told in time. */
export function isMissed({ causeTime, toldTime }: Decision, limitMs: number, now: Date): boolean {
  return (toldTime ?? now).getTime() - causeTime.getTime() > limitMs;
}
