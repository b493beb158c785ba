/** Something that the person at the terminal can put right. The message is a sentence that says how; no stack is shown. */
export class Advice extends Error {}

/**
 * The code of a failed system call, `undefined` for other errors.
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
