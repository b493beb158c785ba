import { formText } from './form-text.ts';

/** A whole number of a form; what is none becomes -1, which no field takes, so that the service names the field. */
export function readWhole(form: FormData, name: string): bigint {
  const text = formText(form, name);
  return /^\d{0,15}$/.test(text) ? BigInt(text || 0) : -1n;
}
