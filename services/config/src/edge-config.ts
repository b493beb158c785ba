import { setTimeout as sleep } from 'node:timers/promises';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { isWrongLastSequence } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { DomainView } from './read-model.ts';

const retryMs = 250;

/**
 * Keeps the KV bucket `edge-config` equal to the fold of the log: one key per domain, written in the order of versions,
 * so that an edge which has applied version v has applied every domain's state up to v. Several instances may write:
 * a key never goes back to an older version.
 */
export class EdgeConfigWriter {
  readonly #bucket: KV;
  readonly #onRetry: (error: unknown) => void;
  /** What has changed and is not written yet, by key, in the order of versions. */
  readonly #dirty = new Map<string, DomainView>();
  #wake = Promise.withResolvers<void>();

  constructor(bucket: KV, onRetry: (error: unknown) => void) {
    this.#bucket = bucket;
    this.#onRetry = onRetry;
  }

  /** Called with each domain as the log is folded. */
  changed(view: DomainView): void {
    this.#dirty.delete(view.key);
    this.#dirty.set(view.key, view);
    this.#wake.resolve();
  }

  /** Writes what has changed, until the signal aborts. What cannot be written is tried again, before anything newer. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
    while (!signal.aborted) {
      const [next] = this.#dirty.values();
      if (next) await this.#attempt(next, signal);
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }

  async #attempt(view: DomainView, signal: AbortSignal): Promise<void> {
    const { version } = view;
    try {
      await this.#write(view.key, domainConfig(view));
      // The view may have changed while it was written: then it stays to be written again.
      if (view.version === version) this.#dirty.delete(view.key);
    } catch (error) {
      if (isWrongLastSequence(error)) return; // another instance wrote the key; the next attempt compares versions
      this.#onRetry(error);
      await sleep(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #write(key: string, config: DomainConfig): Promise<void> {
    const present = await this.#bucket.get(key);
    const stored = present?.operation === 'PUT' ? DomainConfig.fromJSON(present.json()) : undefined;
    if (stored && stored.version >= config.version) return;
    const value = JSON.stringify(DomainConfig.toJSON(config));
    await this.#bucket.put(key, value, { previousSeq: present?.revision ?? 0 });
  }
}

/** What an edge needs to know of a domain; a removed one is a tombstone, so that its versions keep rising. */
export function domainConfig({ state, version }: DomainView): DomainConfig {
  return DomainConfig.create({
    domainName: state.domainName,
    accountId: state.accountId,
    version: BigInt(version),
    removed: !state.present,
    websocketEnabled: state.websocketEnabled,
    heartbeatSeconds: state.heartbeatSeconds,
    backToOrigin: backToOrigin[state.backToOrigin],
    origins: state.origins,
  });
}

const backToOrigin = {
  follow: BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
  http: BackToOrigin.BACK_TO_ORIGIN_HTTP,
  https: BackToOrigin.BACK_TO_ORIGIN_HTTPS,
};
