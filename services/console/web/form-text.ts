/** What was written into the fields of one name, in their order. */
export function formTexts(form: FormData, name: string): string[] {
  return form.getAll(name).map((value) => (typeof value === 'string' ? value.trim() : ''));
}

/** What was written into a field of a form, without space around it. */
export function formText(form: FormData, name: string): string {
  return formTexts(form, name)[0] ?? '';
}
