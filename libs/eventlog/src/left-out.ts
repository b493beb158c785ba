/** Messages that an operator has readers pass over, by stream. */
export type LeftOut = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Reads `CONFIG:17,ACTIVATION:5`: names of streams with sequences.
 * @throws Error that says what is wrong
 */
export function parseLeftOut(text: string): LeftOut {
  const byStream = new Map<string, Set<number>>();
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [, stream = '', sequence = ''] = /^\s*([A-Z_]+):([1-9]\d{0,14})\s*$/.exec(entry) ?? [];
    if (stream === '') throw new Error(`${JSON.stringify(entry)} is not STREAM:SEQUENCE, for example CONFIG:17`);
    byStream.set(stream, (byStream.get(stream) ?? new Set()).add(Number(sequence)));
  }
  return byStream;
}
