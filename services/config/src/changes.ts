import { once, setMaxListeners } from 'node:events';
import { DomainError, invalidArgument } from '@longwire/contracts';
import { z } from 'zod';
import type { DomainView } from './read-model.ts';

/** How many of the latest changes are remembered: whoever was away for longer begins anew. */
const kept = 100_000;

type Change = { sequence: number; key: string; accountId: string };

/** Which domains of whom have changed, in the order of the log, for those who follow along. */
export class Changes {
  readonly #kept: number;
  readonly #changed = new EventTarget();
  #latest: Change[] = [];
  /** Nothing at or before this sequence is remembered for certain. */
  #forgotten = 0;
  #sequence = 0;
  #end: Error | undefined;

  constructor(mostKept = kept) {
    this.#kept = mostKept;
    setMaxListeners(0, this.#changed); // each who watches is one
  }

  /** Sequence of the last change. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Called with each domain as the log is folded, and with the account that had it before, if any. */
  add({ key, version, state }: DomainView, accountBefore: string | undefined): void {
    for (const accountId of new Set([accountBefore ?? state.accountId, state.accountId]))
      this.#latest.push({ sequence: version, key, accountId });
    this.#sequence = version;
    if (this.#latest.length > 2 * this.#kept) this.#forget();
    this.#changed.dispatchEvent(new Event('change'));
  }

  /** Ends all that wait, and all that will. */
  close(reason: Error): void {
    this.#end = reason;
    this.#changed.dispatchEvent(new Event('change'));
  }

  /**
   * The domains of an account (undefined: of all) that have changed after a sequence, each once, with the account's last
   * change of it; in the order of these.
   * @throws OUT_OF_RANGE when that is not remembered
   */
  after(sequence: number, accountId: string | undefined): Change[] {
    if (sequence < this.#forgotten || sequence > this.#sequence)
      throw new DomainError(
        'OUT_OF_RANGE',
        'RESUME_TOKEN_EXPIRED',
        'what has changed since this resume token is not known any more; begin without one',
      );
    const last = new Map<string, Change>();
    for (let at = this.#indexAfter(sequence); at < this.#latest.length; at++) {
      const change = this.#latest[at];
      if (!change || (accountId !== undefined && change.accountId !== accountId)) continue;
      last.delete(change.key);
      last.set(change.key, change);
    }
    return [...last.values()];
  }

  /** Resolves when there is a change after the sequence. @throws the reason of `close`; AbortError */
  async next(sequence: number, signal: AbortSignal): Promise<void> {
    while (this.#sequence <= sequence) {
      if (this.#end) throw this.#end;
      await once(this.#changed, 'change', { signal });
    }
    if (this.#end) throw this.#end;
  }

  #forget(): void {
    const gone = this.#latest.splice(0, this.#latest.length - this.#kept);
    this.#forgotten = gone.at(-1)?.sequence ?? this.#forgotten;
  }

  #indexAfter(sequence: number): number {
    let [low, high] = [0, this.#latest.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#latest[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const tokenShape = z.tuple([z.string(), z.int().min(0)]);

/** Where to go on in the changes of an account; opaque to callers. */
export function resumeToken(accountId: string | undefined, sequence: number): string {
  return Buffer.from(JSON.stringify([accountId ?? '', sequence])).toString('base64url');
}

/** @throws INVALID_ARGUMENT for what is no token, and for one of another account */
export function readResumeToken(token: string, accountId: string | undefined): number {
  const refuse = (description: string) => invalidArgument([{ field: 'resume_token', description }]);
  let read: z.infer<typeof tokenShape>;
  try {
    read = tokenShape.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw refuse('must be a resume_token that this service gave');
  }
  const [tokenAccount, sequence] = read;
  if (tokenAccount !== (accountId ?? '')) throw refuse('is of another account; begin without one');
  return sequence;
}
