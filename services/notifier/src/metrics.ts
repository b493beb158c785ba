import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Channel } from './content.ts';
import { isDecision } from './decisions.ts';
import type { Notification } from './notification.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** From a second, what a relay takes, to three days. */
const tellingBuckets = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 28_800, 43_200, 86_400, 259_200];

/** The figures of this service for Prometheus. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  const attempts = new Counter({
    name: 'longwire_notifier_attempts_total',
    help: 'Attempts to give a message to the mail relay, the SMS provider or a webhook, by outcome: sent, retried, failed.',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const receipts = new Counter({
    name: 'longwire_notifier_receipts_total',
    help: 'What providers said became of accepted messages: delivered, undelivered.',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const telling = new Histogram({
    name: 'longwire_notifier_telling_seconds',
    help: 'From a decision about an account to the acceptance of a message that tells it, by channel.',
    labelNames: ['channel'],
    buckets: tellingBuckets,
    registers,
  });
  const untold = new Gauge({
    name: 'longwire_notifier_decisions_untold',
    help: 'Decisions that are not told although it is too late.',
    registers,
  });
  return {
    attempted: (recorded: Notification, outcome: 'sent' | 'retried' | 'failed'): void => {
      const { channel, content, causeTime } = recorded;
      attempts.inc({ channel, outcome });
      if (outcome !== 'sent' || causeTime === undefined || !isDecision(content.template)) return;
      telling.observe({ channel }, Math.max(0, Date.now() - Date.parse(causeTime)) / 1000);
    },
    receipted: (channel: Channel, outcome: 'delivered' | 'undelivered') => receipts.inc({ channel, outcome }),
    untold: (count: number) => untold.set(count),
  };
}
