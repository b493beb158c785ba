import type { OriginAllow } from '@longwire/origins';
import { pageSize, requestId } from '@longwire/service';
import { z } from 'zod';
import { webhookEventTypes } from './content.ts';
import { checkWebhookUrl } from './webhook-url.ts';

/** An account's id is a part of its webhooks' subject. */
export const accountPattern = /^[a-z][a-z\d-]{1,38}[a-z\d]$/;

const accountId = z.string().refine((id) => id === '' || accountPattern.test(id), 'must be an account id');
const webhookId = z.string().min(1, 'must not be empty');

/** @param allow addresses that may be a webhook's although they are not public, and without TLS */
export const createRequest = (allow: OriginAllow) =>
  z.object({
    url: z.string().superRefine((url, context) => {
      const problem = checkWebhookUrl(url, allow);
      if (problem !== undefined) context.addIssue(problem);
    }),
    eventTypes: z.array(z.enum(webhookEventTypes, `must be one of ${webhookEventTypes.join(', ')}`)),
    requestId,
  });
export const listRequest = z.object({ accountId });
export const webhookRequest = z.object({ accountId, webhookId, requestId });
export const rotateRequest = z.object({ webhookId, requestId });
export const deliveriesRequest = z.object({ accountId, webhookId, pageSize, pageToken: z.string() });
