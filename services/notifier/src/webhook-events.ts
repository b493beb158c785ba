import { z } from 'zod';
import type { WebhookContent } from './content.ts';
import type { ToldEvent } from './tellings.ts';

type WebhookNews = WebhookContent['parameters'];

/** What a webhook is told of an event of its account; undefined when it is none of its business. */
export function newsOfAccount(event: ToldEvent): WebhookNews | undefined {
  switch (event.type) {
    case 'ApplicationApproved':
      return { eventType: 'application.approved', data: { applicationId: event.applicationId } };
    case 'ApplicationRejected': {
      const { applicationId, reason } = event;
      return { eventType: 'application.rejected', data: { applicationId, reason } };
    }
    case 'EntitlementSuspended':
      return { eventType: 'entitlement.suspended', data: { reason: event.reason } };
    case 'EntitlementReinstated':
      return { eventType: 'entitlement.reinstated', data: {} };
    case 'ApplicationReminded':
    case 'ContactVerificationRequested':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Those events of a domain that its account's webhooks are told of. */
export const domainEvent = z.object({ type: z.enum(['WebSocketEnabled', 'WebSocketDisabled']) });
type DomainEvent = z.infer<typeof domainEvent>;

export const domainEventTypes: readonly string[] = domainEvent.shape.type.options;

/** What a webhook is told of an event of one of its account's domains. */
export function newsOfDomain({ type }: DomainEvent, domainName: string): WebhookNews {
  return { eventType: type === 'WebSocketEnabled' ? 'websocket.enabled' : 'websocket.disabled', data: { domainName } };
}
