import { randomUUID } from 'node:crypto';
import { DomainError } from '@longwire/contracts';
import { handle } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import type { Metrics } from './metrics.ts';
import { notification, subjectOf } from './notification.ts';
import type { NotificationCommand } from './notification.ts';
import type { Receipt } from './receipts.ts';

/** Records receipts on their notifications, each once. One about a message that is not ours changes nothing. */
export function receiptRecorder(log: EventLog, { receipted }: Pick<Metrics, 'receipted'>) {
  return async (receipt: Receipt): Promise<void> => {
    const meta = { commandId: randomUUID(), actor: 'sms-provider', time: new Date() };
    try {
      const { events, state } = await handle(log, subjectOf(receipt.id), notification, toCommand(receipt), { meta });
      if (events.length > 0 && state) receipted(state.channel, receipt.arrived ? 'delivered' : 'undelivered');
    } catch (error) {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return;
      throw error;
    }
  };
}

function toCommand(receipt: Receipt): NotificationCommand {
  if (!receipt.arrived) return { type: 'RecordUndelivered', error: `not delivered: ${receipt.code}` };
  const { providerMessageId } = receipt;
  return { type: 'RecordDelivered', ...(providerMessageId !== undefined && { providerMessageId }) };
}
