import { Channel } from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { useState } from 'react';
import { accountService } from '../api.ts';
import { formText } from '../form-text.ts';
import { languages } from '../languages.ts';
import { ContactFields, readContacts } from '../parts/contact-fields.tsx';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { Select } from '../parts/select.tsx';
import { VerifyContact } from '../parts/verify-contact.tsx';
import { useWrite } from '../use-write.ts';

const touched = ['account', 'prerequisites'];

/** How an account is reached, in which language, and whether that is verified. */
export function ContactCard({ account }: { account: Account }) {
  const [open, setOpen] = useState<'contact' | 'language' | 'erase'>();
  const close = () => setOpen(undefined);
  return (
    <section className="card" aria-labelledby="contacts">
      <div className="card-head">
        <h2 id="contacts">Contact</h2>
        <button className="button button-small" type="button" onClick={() => setOpen('contact')}>
          Edit contact
        </button>
      </div>
      <dl className="facts">
        <dt>Name</dt>
        <dd>{account.contacts?.name || '–'}</dd>
        <dt>Phone</dt>
        <dd>
          <VerifyContact account={account} channel={Channel.SMS} />
        </dd>
        <dt>Email</dt>
        <dd>
          <VerifyContact account={account} channel={Channel.EMAIL} />
        </dd>
        <dt>Language</dt>
        <dd>
          {languages[account.language] ?? account.language}
          <button className="button button-small" type="button" onClick={() => setOpen('language')}>
            Change language
          </button>
        </dd>
      </dl>
      <p>
        <button className="button button-small button-bad-quiet" type="button" onClick={() => setOpen('erase')}>
          Erase contact…
        </button>
      </p>
      <EditContacts account={account} isOpen={open === 'contact'} onClose={close} />
      <ChangeLanguage account={account} isOpen={open === 'language'} onClose={close} />
      <EraseContacts account={account} isOpen={open === 'erase'} onClose={close} />
    </section>
  );
}

type DialogProps = { account: Account; isOpen: boolean; onClose: () => void };

function EditContacts({ account: { accountId, etag, contacts }, isOpen, onClose }: DialogProps) {
  const update = useWrite(
    (form: FormData, requestId) =>
      accountService.updateContacts({ accountId, contacts: readContacts(form), etag, requestId }),
    touched,
    onClose,
  );
  return (
    <FormDialog
      title="Edit contact"
      lead="A number or address that changes must be verified anew."
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

function ChangeLanguage({ account: { accountId, etag, language }, isOpen, onClose }: DialogProps) {
  const set = useWrite(
    (form: FormData, requestId) =>
      accountService.setLanguage({ accountId, language: formText(form, 'language'), etag, requestId }),
    touched,
    onClose,
  );
  return (
    <FormDialog title="Change language" verb="Save" write={set} onSubmit={set.run} shows={[]} {...{ isOpen, onClose }}>
      <Select name="language" label="Messages are written in" choices={languages} initial={language} />
    </FormDialog>
  );
}

function EraseContacts({ account: { accountId, etag }, isOpen, onClose }: DialogProps) {
  const erase = useWrite(
    (_: void, requestId) => accountService.eraseContacts({ accountId, etag, requestId }),
    touched,
    onClose,
  );
  return (
    <ConfirmDialog
      title="Erase the contact?"
      verb="Erase"
      write={erase}
      onConfirm={() => erase.run()}
      {...{ isOpen, onClose }}
    >
      Name, phone number and email address are erased. Nothing can be sent to you any more; an application needs them
      anew.
    </ConfirmDialog>
  );
}
