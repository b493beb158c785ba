import { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isForbiddenAddress } from '@longwire/origins';
import type { OriginAllow } from '@longwire/origins';
import { DeliveryFailure, errorCode } from './failure.ts';
import { retryAfterMs } from './retry-after.ts';
import { sign } from './signature.ts';
import { checkWebhookUrl } from './webhook-url.ts';

const answerTimeoutMs = 10_000;

export type WebhookRequest = { id: string; url: string; body: string; secrets: readonly string[] };

/**
 * Gives an event to a customer's system. The addresses that its name resolves to are judged here, and only those are
 * connected to. Redirects are not followed, and the answer's body is not read.
 * @throws DeliveryFailure permanent for 410 and a forbidden address, temporary for all else but 2xx
 */
export async function postWebhook({ id, url, body, secrets }: WebhookRequest, allow: OriginAllow): Promise<void> {
  if (checkWebhookUrl(url, allow)) throw new DeliveryFailure('the URL is not allowed', true);
  const { status, retryAfter } = await post(url, body, allow, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Longwire-Webhooks/1',
    'longwire-id': id,
    'longwire-signature': sign(body, secrets),
  });
  if (status >= 200 && status <= 299) return;
  const details = { retryAfterMs: retryAfterMs(status, retryAfter) };
  throw new DeliveryFailure(`webhook answered ${status}`, status === goneStatus, details);
}

/** 410 Gone (RFC 9110, 15.5.11): the customer's system says that it will not come back. */
const goneStatus = 410;

class ForbiddenAddress extends Error {}

type Answer = { status: number; retryAfter: string | undefined };

function post(url: string, body: string, allow: OriginAllow, headers: http.OutgoingHttpHeaders): Promise<Answer> {
  const { request } = url.startsWith('https:') ? https : http;
  // A connection of its own: an open one would be used again without asking for its address.
  const options = {
    method: 'POST',
    headers,
    agent: false,
    lookup: allowedLookup(allow),
    signal: AbortSignal.timeout(answerTimeoutMs),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      response.destroy();
    });
    sent.on('error', (error) => reject(toFailure(error)));
    sent.end(body);
  });
}

function toFailure(error: Error): DeliveryFailure {
  if (error instanceof ForbiddenAddress) return new DeliveryFailure('webhook resolves to a forbidden address', true);
  return new DeliveryFailure(`webhook does not answer: ${errorCode(error)}`, false);
}

/** Resolves a name to those of its addresses that may be connected to. */
function allowedLookup(allow: OriginAllow): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => !isForbiddenAddress(address, allow));
      const [first] = allowed;
      if (!first) return callback(new ForbiddenAddress(), []);
      if (options.all) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}
