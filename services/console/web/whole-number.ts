const mostOfInt32 = 2 ** 31 - 1;
// Leaves room in 64 bits for a million of it, as for Mbit in bits.
const mostOfInt64 = 9_000_000_000_000;

/**
 * What was written into a field for a whole number of 32 bits; nothing is 0. What is no whole number becomes -1 and what is
 * too large the most that fits: no service takes either, so it is the service that names the field.
 */
export function wholeNumber(text: string): number {
  return /^\d*$/.test(text) ? Math.min(Number(text), mostOfInt32) : -1;
}

/** The same for a field of 64 bits. */
export function wholeBigInt(text: string): bigint {
  return /^\d*$/.test(text) ? BigInt(Math.min(Number(text), mostOfInt64)) : -1n;
}
