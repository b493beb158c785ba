import { consume, decodeRecorded, history } from '@longwire/eventlog';
import type { EventLog, Meta, Running, StoredMessage } from '@longwire/eventlog';
import type { QueueToWebhooks } from './queue-webhooks.ts';
import { domainEvent, domainEventTypes, newsOfDomain } from './webhook-events.ts';

const stream = 'CONFIG';

export type QueueDomainsOptions = {
  /** The stream NOTIFY. */
  log: EventLog;
  toWebhooks: QueueToWebhooks;
  onRetry: (error: unknown) => void;
};

/** Tells webhooks when WebSocket is turned on or off for a domain of their account. */
export function queueDomainEvents({ log, toWebhooks, onRetry }: QueueDomainsOptions): Running {
  const handle = async ({ subject, sequence, told, meta }: Found) => {
    if (told.length === 0) return;
    const { accountId, domainName } = await findOwner(log, subject, sequence);
    const news = told.map((event, index) => ({
      key: `config-${sequence}-${index}`,
      parameters: newsOfDomain(event, domainName),
    }));
    await toWebhooks(accountId, news, meta);
  };
  return consume({ nc: log.nc, stream, durable: 'notifier', decode, handle, onRetry });
}

type Found = { subject: string; sequence: number; told: ReturnType<typeof domainEvent.parse>[]; meta: Meta };

function decode(message: StoredMessage): Found {
  const { subject, sequence, events, meta } = decodeRecorded(message);
  const told = events.filter(({ type }) => domainEventTypes.includes(type)).map((event) => domainEvent.parse(event));
  return { subject, sequence, told, meta };
}

type Added = { type: 'DomainAdded'; domainName: string; accountId: string };

/** Whose a domain was when a decision about it was made: it may have been removed and added by another account. */
async function findOwner(log: EventLog, subject: string, upTo: number): Promise<Added> {
  let owner: Added | undefined;
  for await (const { sequence, events } of history<Added | { type: 'other' }>({ ...log, stream }, subject)) {
    if (sequence > upTo) break;
    for (const event of events) if (event.type === 'DomainAdded') owner = event;
  }
  if (owner) return owner;
  throw new Error(`${subject} has something to tell but no DomainAdded`);
}
