/** Markup in which every value has been escaped, or was markup before. */
export type Html = { markup: string };

/** Text in a template is escaped for elements and for quoted attributes; markup and lists of markup are taken as they are. */
export function html(strings: TemplateStringsArray, ...values: (string | number | Html | Html[])[]): Html {
  const parts = values.map((value, index) => toMarkup(value) + (strings[index + 1] ?? ''));
  return { markup: (strings[0] ?? '') + parts.join('') };
}

function toMarkup(value: string | number | Html | Html[]): string {
  if (Array.isArray(value)) return value.map(({ markup }) => markup).join('\n');
  if (typeof value === 'object') return value.markup;
  return `${value}`.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
