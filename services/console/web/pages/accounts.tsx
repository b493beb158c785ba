import { useInfiniteQuery } from '@tanstack/react-query';
import { EnterpriseVerification_State, Entitlement_State } from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { accountService } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { accountsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';

/** Every account, and whether the enterprise behind it has been verified. */
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
  const { accountId, companyName, contacts, createTime, enterpriseVerification, websocketEntitlement } = account;
  const isVerified = enterpriseVerification?.state === EnterpriseVerification_State.VERIFIED;
  const isActive = websocketEntitlement?.state === Entitlement_State.ACTIVE;
  const { roles } = useSession();
  return (
    <li className="row">
      <div>
        <p className="row-title">{companyName}</p>
        <p className="muted">
          {accountId}
          {contacts?.name && ` · ${contacts.name}`} · since <Time value={createTime} />
        </p>
      </div>
      <div className="row-end">
        {isActive && <Badge tone="good">WebSocket</Badge>}
        {isVerified && <Badge tone="good">Verified</Badge>}
        {!isVerified &&
          (roles.includes('reviewer') ? <Verify account={account} /> : <Badge tone="wait">Not verified</Badge>)}
      </div>
    </li>
  );
}

function Verify({ account: { accountId, etag, companyName } }: { account: Account }) {
  const verify = useWrite(
    (_: void, requestId) => accountService.verifyEnterprise({ accountId, etag, requestId }),
    ['accounts'],
  );
  return (
    <>
      <button
        className="button button-small"
        type="button"
        aria-label={`Verify enterprise ${companyName}`}
        disabled={verify.isRunning}
        onClick={() => verify.run()}
      >
        Verify enterprise
      </button>
      <ProblemNote problem={verify.problem} />
    </>
  );
}
