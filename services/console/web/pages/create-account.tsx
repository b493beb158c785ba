import { accountService } from '../api.ts';
import { formText } from '../form-text.ts';
import { languages } from '../languages.ts';
import { ContactFields, readContacts } from '../parts/contact-fields.tsx';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Page } from '../parts/page.tsx';
import { readRegistration, RegistrationFields } from '../parts/registration-fields.tsx';
import { Select } from '../parts/select.tsx';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';

/** The first thing that a new customer does. */
export function CreateAccount({ accountId }: { accountId: string }) {
  const { name, email } = useSession();
  const create = useWrite(
    (form: FormData, requestId) =>
      accountService.createAccount({
        accountId,
        companyName: formText(form, 'companyName'),
        ...readRegistration(form),
        language: formText(form, 'language'),
        contacts: readContacts(form),
        requestId,
      }),
    ['account'],
  );
  const fields = create.problem?.fields ?? {};
  return (
    <Page title="Create your account" lead={`Tell us who ${accountId} is, and how to reach you about decisions.`}>
      <Form
        className="card form"
        write={create}
        shows={['company_name', 'country', 'registration_number', 'contacts']}
        onSubmit={create.run}
        buttons={
          <button className="button button-main" type="submit" disabled={create.isRunning}>
            Create account
          </button>
        }
      >
        <TextField
          name="companyName"
          label="Company name"
          hint="As it is registered; a reviewer verifies it."
          autoComplete="organization"
          error={fields['company_name']}
        />
        <RegistrationFields fields={fields} initial={{ country: '', registrationNumber: '' }} />
        <ContactFields fields={fields} initial={{ name, phoneNumber: '', email: email ?? '' }} />
        <Select
          name="language"
          label="Language"
          hint="In which we write to you."
          choices={languages}
          initial={navigator.language.startsWith('zh') ? 'zh-CN' : 'en'}
        />
      </Form>
    </Page>
  );
}
