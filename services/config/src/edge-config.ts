import { setTimeout as sleep } from 'node:timers/promises';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { isWrongLastSequence } from '@longwire/eventlog';
import type { KV, KvEntry } from '@nats-io/kv';
import { domainConfig } from './domain-config.ts';
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
  /** What stands in the bucket, as far as it is known: a version and the revision to write upon. */
  readonly #stored = new Map<string, Stored>();
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
    await this.#readAll();
    while (!signal.aborted) {
      const [next] = this.#dirty.values();
      if (next) await this.#attempt(next, signal);
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }

  /** One read of everything instead of one of each; where it fails, each is read when it is needed. */
  async #readAll(): Promise<void> {
    try {
      for await (const entry of await this.#bucket.history()) this.#stored.set(entry.key, storedOf(entry));
    } catch (error) {
      this.#onRetry(error);
    }
  }

  async #attempt(view: DomainView, signal: AbortSignal): Promise<void> {
    const { version } = view;
    try {
      await this.#write(view.key, domainConfig(view));
      // The view may have changed while it was written: then it stays to be written again.
      if (view.version === version) this.#dirty.delete(view.key);
    } catch (error) {
      this.#stored.delete(view.key);
      if (isWrongLastSequence(error)) return; // another instance wrote the key; the next attempt compares versions
      this.#onRetry(error);
      await sleep(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #write(key: string, config: DomainConfig): Promise<void> {
    const stored = this.#stored.get(key) ?? storedOf(await this.#bucket.get(key));
    this.#stored.set(key, stored);
    if (stored.version >= config.version) return;
    const value = JSON.stringify(DomainConfig.toJSON(config));
    const revision = await this.#bucket.put(key, value, { previousSeq: stored.revision });
    this.#stored.set(key, { version: config.version, revision });
  }
}

type Stored = { version: bigint; revision: number };

function storedOf(entry: KvEntry | null): Stored {
  return { version: entry?.operation === 'PUT' ? versionIn(entry) : 0n, revision: entry?.revision ?? 0 };
}

/** What cannot be read is no version of anything: it is written over, for the bucket follows from the log alone. */
function versionIn(entry: KvEntry): bigint {
  try {
    return DomainConfig.fromJSON(entry.json()).version;
  } catch {
    return 0n;
  }
}
