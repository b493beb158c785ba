import { useQuery } from '@tanstack/react-query';
import { Channel } from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import type { Prerequisite } from '@longwire/contracts/connect/activation/v1/activation_service';
import { Link } from 'wouter';
import { readProblem, sentence } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { VerifyContact } from '../parts/verify-contact.tsx';
import { prerequisitesQuery } from '../queries.ts';

const names: Record<string, string> = {
  ENTERPRISE_VERIFICATION: 'Verified enterprise',
  ICP_NUMBER: 'Domain with ICP number',
  CONTACT_PHONE: 'Verified phone number',
  CONTACT_EMAIL: 'Verified email address',
};

/** What an application needs, met or not, as it is at this moment, with the way to mend each. */
export function Prerequisites({ account }: { account: Account }) {
  const prerequisites = useQuery(prerequisitesQuery(account.accountId));
  return (
    <section className="card" aria-labelledby="prerequisites">
      <h2 id="prerequisites">Before you apply</h2>
      {prerequisites.isPending && <Loading rows={4} />}
      {prerequisites.isError && <ProblemNote problem={readProblem(prerequisites.error)} />}
      <ul className="prerequisites">
        {prerequisites.data?.map((prerequisite) => (
          <li key={prerequisite.type}>
            <p className="row-title">
              {names[prerequisite.type] ?? prerequisite.type}{' '}
              <Badge tone={prerequisite.met ? 'good' : 'wait'}>{prerequisite.met ? 'Met' : 'To do'}</Badge>
            </p>
            {!prerequisite.met && <ToDo prerequisite={prerequisite} account={account} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function ToDo({ prerequisite: { type, todo }, account }: { prerequisite: Prerequisite; account: Account }) {
  const { phoneNumber = '', email = '' } = account.contacts ?? {};
  if (type === 'CONTACT_PHONE' && phoneNumber !== '') return <VerifyContact account={account} channel={Channel.SMS} />;
  if (type === 'CONTACT_EMAIL' && email !== '') return <VerifyContact account={account} channel={Channel.EMAIL} />;
  const isEnterpriseKnown = type === 'ENTERPRISE_VERIFICATION' && account.country !== '';
  return (
    <p className="muted">
      {sentence(todo)}{' '}
      {type === 'ICP_NUMBER' ? (
        <Link href="/domains">Go to your domains</Link>
      ) : (
        !isEnterpriseKnown && <Link href="/">Go to your account</Link>
      )}
    </p>
  );
}
