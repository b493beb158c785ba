import { randomBytes } from 'node:crypto';
import { isWrongLastSequence } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';

type Stored = {
  secret: string;
  /** The request that asked for it. */
  requestId: string;
  /** The one before, and until when requests are signed with it too, ISO 8601. */
  previous?: { secret: string; until: string };
};

const overlapMs = 24 * 3_600_000;

/** The KV bucket `webhook-secrets`, by webhook. A secret stands here, in the answer that first gives it, and nowhere else. */
export class WebhookSecrets {
  readonly #bucket: KV;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  /** The secrets to sign with now, the newest first; empty when there is none. */
  async current(webhookId: string, now = new Date()): Promise<string[]> {
    const { stored } = await this.#read(webhookId);
    if (!stored) return [];
    const { secret, previous } = stored;
    return previous && new Date(previous.until) > now ? [secret, previous.secret] : [secret];
  }

  /** Makes a new secret for a request and returns it; empty when this request was given one already. */
  async make(webhookId: string, requestId: string, now = new Date()): Promise<string> {
    for (;;) {
      const { stored, revision } = await this.#read(webhookId);
      if (stored?.requestId === requestId) return '';
      const secret = `whsec_${randomBytes(24).toString('base64url')}`;
      const until = new Date(now.getTime() + overlapMs).toISOString();
      const next: Stored = { secret, requestId, ...(stored && { previous: { secret: stored.secret, until } }) };
      try {
        await this.#bucket.put(webhookId, JSON.stringify(next), { previousSeq: revision });
        return secret;
      } catch (error) {
        // Somebody else made one between our reading and writing.
        if (!isWrongLastSequence(error)) throw error;
      }
    }
  }

  /** Removes a webhook's secrets with their history. */
  async forget(webhookId: string): Promise<void> {
    await this.#bucket.purge(webhookId);
  }

  async #read(webhookId: string): Promise<{ stored: Stored | undefined; revision: number }> {
    const entry = await this.#bucket.get(webhookId);
    return { stored: entry?.operation === 'PUT' ? entry.json<Stored>() : undefined, revision: entry?.revision ?? 0 };
  }
}
