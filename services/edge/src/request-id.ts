import { valuesOf } from './fields.ts';
import type { Field } from './head.ts';

/** The id that a client gave its request, where it is one that may be passed on and logged: visible ASCII, 128 bytes at most. */
export function requestIdIn(fields: readonly Field[]): string | undefined {
  const [id, ...others] = valuesOf(fields, 'x-request-id');
  return id !== undefined && others.length === 0 && /^[!-~]{1,128}$/.test(id) ? id : undefined;
}
