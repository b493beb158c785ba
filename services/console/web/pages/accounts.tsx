import { useInfiniteQuery } from '@tanstack/react-query';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { Link } from 'wouter';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { EntitlementBadge, VerificationBadge } from '../parts/standing.tsx';
import { Time } from '../parts/time.tsx';
import { accountsQuery } from '../queries.ts';

/** Every account, and how it stands. */
export function AccountsPage() {
  const accounts = useInfiniteQuery(accountsQuery);
  return (
    <Page title="Accounts" lead="The companies that use Longwire.">
      <PagesOf query={accounts} empty="There is no account yet.">
        {(entries) => (
          <ul className="list">
            {entries.map((account) => (
              <Row key={account.accountId} account={account} />
            ))}
          </ul>
        )}
      </PagesOf>
    </Page>
  );
}

function Row({ account }: { account: Account }) {
  const { accountId, companyName, contacts, createTime } = account;
  return (
    <li className="row">
      <div>
        <p className="row-title">
          <Link href={`/accounts/${accountId}`}>{companyName}</Link>
        </p>
        <p className="muted">
          {accountId}
          {contacts?.name && ` · ${contacts.name}`} · since <Time value={createTime} />
        </p>
      </div>
      <div className="row-end">
        <EntitlementBadge account={account} />
        <VerificationBadge account={account} />
      </div>
    </li>
  );
}
