import { formText } from '../form-text.ts';
import { TextField } from './field.tsx';

type Registration = { country: string; registrationNumber: string };
type Props = { fields: Record<string, string>; initial: Registration };

/** Where and under which number a company is registered. */
export function RegistrationFields({ fields, initial }: Props) {
  return (
    <>
      <TextField
        name="country"
        label="Country"
        hint="The code of two letters, for example CN or DE."
        autoComplete="country"
        maxLength={2}
        defaultValue={initial.country}
        error={fields['country']}
      />
      <TextField
        name="registrationNumber"
        label="Registration number"
        hint="In China the unified social credit code; elsewhere the number in the company register."
        autoComplete="off"
        spellCheck={false}
        defaultValue={initial.registrationNumber}
        error={fields['registration_number']}
      />
    </>
  );
}

export function readRegistration(form: FormData): Registration {
  return { country: formText(form, 'country'), registrationNumber: formText(form, 'registrationNumber') };
}
