import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { EnterpriseVerification_State, Entitlement_State } from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { useState } from 'react';
import { accountService } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { ContactFields, readContacts } from '../parts/contact-fields.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { Page } from '../parts/page.tsx';
import { Stepper } from '../parts/stepper.tsx';
import { Time } from '../parts/time.tsx';
import { applicationsQuery, domainsQuery } from '../queries.ts';
import { useWrite } from '../use-write.ts';
import { journeyOf } from '../journey.ts';

/** An account at a glance: how far it has come, and what comes next. */
export function Overview({ account }: { account: Account }) {
  const applications = useQuery(applicationsQuery(account.accountId));
  const domains = useInfiniteQuery(domainsQuery);
  const [isEditing, setEditing] = useState(false);
  const known = domains.data?.pages.flatMap((page) => page.entries);
  return (
    <Page title={account.companyName} lead={`Account ${account.accountId}`}>
      <section className="card" aria-labelledby="journey">
        <h2 id="journey">Your way to WebSocket</h2>
        <Stepper steps={journeyOf(account, known, applications.data?.[0])} />
      </section>
      <div className="columns">
        <Standing account={account} />
        <section className="card" aria-labelledby="contacts">
          <div className="card-head">
            <h2 id="contacts">Contact</h2>
            <button className="button button-small" type="button" onClick={() => setEditing(true)}>
              Edit contact
            </button>
          </div>
          <dl className="facts">
            <dt>Name</dt>
            <dd>{account.contacts?.name || '–'}</dd>
            <dt>Phone</dt>
            <dd>{account.contacts?.phoneNumber || '–'}</dd>
            <dt>Email</dt>
            <dd>{account.contacts?.email || '–'}</dd>
          </dl>
        </section>
      </div>
      <EditContacts account={account} isOpen={isEditing} onClose={() => setEditing(false)} />
    </Page>
  );
}

function Standing({ account }: { account: Account }) {
  const { enterpriseVerification: verification, websocketEntitlement: entitlement } = account;
  const isVerified = verification?.state === EnterpriseVerification_State.VERIFIED;
  const isActive = entitlement?.state === Entitlement_State.ACTIVE;
  return (
    <section className="card" aria-labelledby="standing">
      <div className="card-head">
        <h2 id="standing">Standing</h2>
      </div>
      <dl className="facts">
        <dt>Enterprise</dt>
        <dd>
          <Badge tone={isVerified ? 'good' : 'wait'}>{isVerified ? 'Verified' : 'Not verified yet'}</Badge>
          {isVerified && <Time value={verification.verifyTime} />}
        </dd>
        <dt>WebSocket</dt>
        <dd>
          <Badge tone={isActive ? 'good' : 'quiet'}>{isActive ? 'Activated' : 'Not activated'}</Badge>
          {isActive && <Time value={entitlement.grantTime} />}
        </dd>
        <dt>Created</dt>
        <dd>
          <Time value={account.createTime} />
        </dd>
      </dl>
    </section>
  );
}

function EditContacts({ account, isOpen, onClose }: { account: Account; isOpen: boolean; onClose: () => void }) {
  const { accountId, etag, contacts } = account;
  const update = useWrite(
    (form: FormData, requestId) =>
      accountService.updateContacts({ accountId, contacts: readContacts(form), etag, requestId }),
    ['account'],
    onClose,
  );
  return (
    <FormDialog
      title="Edit contact"
      verb="Save"
      write={update}
      onSubmit={update.run}
      shows={['contacts']}
      {...{ isOpen, onClose }}
    >
      <ContactFields
        fields={update.problem?.fields ?? {}}
        initial={contacts ?? { name: '', phoneNumber: '', email: '' }}
      />
    </FormDialog>
  );
}
