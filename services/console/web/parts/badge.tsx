export type Tone = 'good' | 'wait' | 'bad' | 'quiet';

/** A state in a word or two; the colour only repeats what the word says. */
export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}
