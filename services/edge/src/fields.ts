import { trimBlanks, type Field } from './head.ts';

/** The values of every field of this name (given in lower case), in order. */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  const values: string[] = [];
  for (const field of fields) {
    if (field.key === name) values.push(field.value);
  }
  return values;
}

/** The elements of a field that is a comma list, over all its lines (RFC 9110, section 5.6.1); commas inside quotes do not part. */
export function listOf(fields: readonly Field[], name: string): string[] {
  const values = valuesOf(fields, name);
  const [only] = values;
  return values.length === 1 && only !== undefined ? splitList(only) : values.flatMap(splitList);
}

/** Whether a comma list names this (given in lower case), whatever the case it is written in. */
export function lists(fields: readonly Field[], name: string, element: string): boolean {
  return listOf(fields, name).some((listed) => listed.toLowerCase() === element);
}

/** The first part of a list element that carries parameters: `permessage-deflate` of `permessage-deflate; client_no_context_takeover`. */
export function withoutParameters(element: string): string {
  const semicolon = element.indexOf(';');
  return semicolon < 0 ? element : trimBlanks(element.slice(0, semicolon));
}

function splitList(value: string): string[] {
  if (!/[,"]/.test(value)) return value === '' ? [] : [value];
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (character === '\\' && quoted) at++;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      elements.push(trimBlanks(value.slice(start, at)));
      start = at + 1;
    }
  }
  elements.push(trimBlanks(value.slice(start)));
  return elements.filter((element) => element !== '');
}

/**
 * The fields that must not pass to the next hop (RFC 9110, section 7.6.1): the hop-by-hop ones, and those that
 * `Connection` names, except the ones that nobody may have removed in this way.
 */
export function isHopByHop(fields: readonly Field[]): (field: Field) => boolean {
  const named = listOf(fields, 'connection').map((name) => name.toLowerCase());
  const further = named.filter((name) => !HOP_BY_HOP.has(name) && !isProtected(name));
  return ({ key }) => HOP_BY_HOP.has(key) || further.includes(key);
}

const HOP_BY_HOP = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isProtected(name: string): boolean {
  return PROTECTED.has(name) || /^(x-forwarded-|sec-)/.test(name);
}

const PROTECTED = new Set([
  'authorization',
  'cdn-loop',
  'content-length',
  'cookie',
  'forwarded',
  'host',
  'origin',
  'set-cookie',
  'www-authenticate',
]);
