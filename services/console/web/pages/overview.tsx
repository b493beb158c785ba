import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { useState } from 'react';
import { accountService } from '../api.ts';
import { journeyOf } from '../journey.ts';
import { FormDialog } from '../parts/dialog.tsx';
import { EntitlementFacts, VerificationFacts } from '../parts/standing.tsx';
import { Page } from '../parts/page.tsx';
import { readRegistration, RegistrationFields } from '../parts/registration-fields.tsx';
import { Stepper } from '../parts/stepper.tsx';
import { Time } from '../parts/time.tsx';
import { applicationsQuery, domainsQuery } from '../queries.ts';
import { useWrite } from '../use-write.ts';
import { ContactCard } from './contact-card.tsx';

/** An account at a glance: how far it has come, and what comes next. */
export function Overview({ account }: { account: Account }) {
  const applications = useQuery(applicationsQuery(account.accountId));
  const domains = useInfiniteQuery(domainsQuery);
  const known = domains.data?.pages.flatMap((page) => page.entries);
  return (
    <Page title={account.companyName} lead={`Account ${account.accountId}`}>
      <section className="card" aria-labelledby="journey">
        <h2 id="journey">Your way to WebSocket</h2>
        <Stepper steps={journeyOf(account, known, applications.data?.[0])} />
      </section>
      <div className="columns">
        <Standing account={account} />
        <ContactCard account={account} />
      </div>
    </Page>
  );
}

function Standing({ account }: { account: Account }) {
  const [isEditing, setEditing] = useState(false);
  return (
    <section className="card" aria-labelledby="standing">
      <div className="card-head">
        <h2 id="standing">Standing</h2>
        <button className="button button-small" type="button" onClick={() => setEditing(true)}>
          Edit registration
        </button>
      </div>
      <dl className="facts">
        <dt>Registration</dt>
        <dd>
          {account.country === '' ? (
            <span className="muted">Not given yet</span>
          ) : (
            `${account.country} ${account.registrationNumber}`
          )}
        </dd>
        <VerificationFacts account={account} />
        <EntitlementFacts account={account} />
        <dt>Created</dt>
        <dd>
          <Time value={account.createTime} />
        </dd>
      </dl>
      <EditRegistration account={account} isOpen={isEditing} onClose={() => setEditing(false)} />
    </section>
  );
}

type DialogProps = { account: Account; isOpen: boolean; onClose: () => void };

function EditRegistration({ account, isOpen, onClose }: DialogProps) {
  const { accountId, etag } = account;
  const set = useWrite(
    (form: FormData, requestId) =>
      accountService.setRegistration({ accountId, ...readRegistration(form), etag, requestId }),
    ['account', 'prerequisites'],
    onClose,
  );
  return (
    <FormDialog
      title="Edit registration"
      lead="A change asks for the enterprise to be verified anew."
      verb="Save"
      write={set}
      onSubmit={set.run}
      shows={['country', 'registration_number']}
      {...{ isOpen, onClose }}
    >
      <RegistrationFields fields={set.problem?.fields ?? {}} initial={account} />
    </FormDialog>
  );
}
