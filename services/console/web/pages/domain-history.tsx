import { useInfiniteQuery } from '@tanstack/react-query';
import type { HistoryEntry } from '@longwire/contracts/connect/config/v1/domain_service';
import { useState } from 'react';
import { Changes, textOf, wordsOf } from '../parts/changes.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { Time } from '../parts/time.tsx';
import { VersionDialog } from '../parts/version-dialog.tsx';
import { historyQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useMayChange } from '../use-domain-write.ts';

/** Everything that happened to a domain: who, when, what, from what to what; and the way back. */
export function DomainHistory({ domainName }: { domainName: string }) {
  const history = useInfiniteQuery(historyQuery(domainName));
  const mayChange = useMayChange();
  const [shown, setShown] = useState<bigint>();
  return (
    <>
      <PagesOf query={history} empty="Nothing has happened yet.">
        {(entries) => (
          <section className="table-frame history" tabIndex={0} aria-label="History">
            <table>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">What</th>
                  <th scope="col">Who</th>
                  <th scope="col">Version</th>
                </tr>
              </thead>
              <tbody>
                {entries.map((entry, index) => (
                  <Row
                    key={`${entry.version}-${index}`}
                    entry={entry}
                    // The newest event of a version stands for it; the present version has nothing to be compared with.
                    onShow={
                      index > 0 &&
                      entries[index - 1]?.version !== entry.version &&
                      entry.version !== entries[0]?.version
                        ? () => setShown(entry.version)
                        : undefined
                    }
                  />
                ))}
              </tbody>
            </table>
          </section>
        )}
      </PagesOf>
      {shown !== undefined && (
        <VersionDialog
          domainName={domainName}
          version={shown}
          mayChange={mayChange}
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  );
}

function Row({ entry, onShow }: { entry: HistoryEntry; onShow: (() => void) | undefined }) {
  const { time, type, actor, version } = entry;
  const { subject } = useSession();
  return (
    <tr>
      <td className="nowrap">
        <Time value={time} seconds />
      </td>
      <td>
        {wordsOf(type)}
        <Said entry={entry} />
      </td>
      <td>{actor === subject ? 'you' : actor}</td>
      <td className="number">
        {onShow ? (
          <button
            className="button button-small"
            type="button"
            aria-label={`Compare version ${version}`}
            onClick={onShow}
          >
            {String(version)}
          </button>
        ) : (
          String(version)
        )}
      </td>
    </tr>
  );
}

/** What an event changed, or, of the first one, what it says. */
function Said({ entry: { type, changes, details } }: { entry: HistoryEntry }) {
  if (type !== 'DomainAdded' && changes.length > 0)
    return (
      <div className="detail">
        <Changes changes={changes} />
      </div>
    );
  const said = Object.entries(details).map(([field, value]) => `${wordsOf(field)}: ${textOf(value)}`);
  return said.length === 0 ? null : <span className="detail">{said.join(', ')}</span>;
}
