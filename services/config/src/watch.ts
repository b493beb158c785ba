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
 */
export async function* watchDomains(
  { domains, changes }: { domains: ReadonlyMap<string, DomainView>; changes: Changes },
  accountId: string | undefined,
  token: string,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
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
    await changes.next(sequence, signal);
  }
}

function present(view: DomainView): WatchResponse['change'] {
  return { $case: 'domain', value: domainMessage(view) };
}

function removed({ state }: DomainView): WatchResponse['change'] {
  return { $case: 'removedDomainName', value: state.domainName };
}
