import { formText } from '../form-text.ts';
import { TextField } from './field.tsx';

type Contacts = { name: string; phoneNumber: string; email: string };
type Props = { fields: Record<string, string>; initial: Contacts };

/** How people are reached; errors stand at the fields that the service named. */
export function ContactFields({ fields, initial }: Props) {
  return (
    <>
      <TextField
        name="name"
        label="Contact name"
        autoComplete="name"
        defaultValue={initial.name}
        error={fields['contacts.name']}
      />
      <TextField
        name="phoneNumber"
        label="Phone number"
        hint="For text messages; international form, for example +8613800138000."
        type="tel"
        autoComplete="tel"
        defaultValue={initial.phoneNumber}
        error={fields['contacts.phone_number']}
      />
      <TextField
        name="email"
        label="Email"
        type="email"
        autoComplete="email"
        defaultValue={initial.email}
        error={fields['contacts.email']}
      />
    </>
  );
}

export function readContacts(form: FormData): Contacts {
  return {
    name: formText(form, 'name'),
    phoneNumber: formText(form, 'phoneNumber').replaceAll(/[\s()-]/g, ''),
    email: formText(form, 'email'),
  };
}
