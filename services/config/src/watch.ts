import { DomainError } from '@longwire/contracts';
import type { WatchResponse } from '@longwire/contracts/config/v1/domain_service';
import { readResumeToken, resumeToken } from './changes.ts';
import type { Changes } from './changes.ts';
import { domainMessage } from './messages.ts';
import type { DomainView } from './read-model.ts';

/** After so many changes of others a reader without changes gets a token all the same, so that its last one does not expire. */
const quietFor = 10_000;

/**
 * The domains of an account (undefined: of all), then each one that changes. A reader that is slow gets the latest of what it
 * has missed.
 * @throws UNAUTHENTICATED when the caller's token has expired
 */
export async function* watchDomains(
  { domains, changes }: { domains: ReadonlyMap<string, DomainView>; changes: Changes },
  accountId: string | undefined,
  token: string,
  { signal, expireTime }: { signal: AbortSignal; expireTime: Date },
): AsyncGenerator<WatchResponse> {
  using expiry = expiring(expireTime);
  const isOf = ({ state }: DomainView) => state.present && (accountId === undefined || state.accountId === accountId);
  let sequence = token === '' ? changes.sequence : readResumeToken(token, accountId);
  if (token === '') {
    // Each carries the token of the whole: begun again within the first pass, all that changed meanwhile comes once more.
    const begun = resumeToken(accountId, 0);
    const own = [...domains.values()].filter(isOf);
    for (const [index, view] of own.entries()) {
      const isLast = index === own.length - 1;
      yield { change: present(view), resumeToken: isLast ? resumeToken(accountId, sequence) : begun };
    }
  }
  for (let told = sequence; !signal.aborted;) {
    const known = changes.sequence;
    for (const change of changes.after(sequence, accountId)) {
      const view = domains.get(change.key);
      if (!view) continue;
      told = change.sequence;
      yield { change: isOf(view) ? present(view) : removed(view), resumeToken: resumeToken(accountId, told) };
    }
    sequence = known;
    if (sequence - told > quietFor) {
      told = sequence;
      yield { change: undefined, resumeToken: resumeToken(accountId, told) };
    }
    await Promise.race([changes.next(sequence, signal), expiry.expired]);
  }
}

/** Rejects at a time; one that lies further ahead than timers reach is none. */
function expiring(time: Date): Disposable & { expired: Promise<never> } {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  expired.catch(() => {}); // it may happen while a slow reader is waited for, and is told at the next turn
  const late = new DomainError('UNAUTHENTICATED', 'INVALID_TOKEN', 'the token has expired; go on with a new one');
  const timer = setTimeout(() => reject(late), Math.min(time.getTime() - Date.now(), 2 ** 31 - 1));
  return { expired, [Symbol.dispose]: () => clearTimeout(timer) };
}

function present(view: DomainView): WatchResponse['change'] {
  return { $case: 'domain', value: domainMessage(view) };
}

function removed({ state }: DomainView): WatchResponse['change'] {
  return { $case: 'removedDomainName', value: state.domainName };
}
