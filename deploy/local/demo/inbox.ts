import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const messages = z.array(
  z.object({ kind: z.enum(['email', 'sms']), to: z.union([z.string(), z.array(z.string())]), text: z.string() }),
);

export type InboxMessage = z.infer<typeof messages>[number];

/** What the inbox has received, the oldest first. */
export async function inboxMessages(inboxUrl: string): Promise<InboxMessage[]> {
  const response = await fetch(`${inboxUrl}/messages`);
  return messages.parse(await response.json()).toReversed();
}

/** The one-time codes in messages of a kind, in their order. */
export function codesIn(messages: InboxMessage[], kind: InboxMessage['kind']): string[] {
  return messages.flatMap((message) => (message.kind === kind ? (/\b\d{6}\b/.exec(message.text) ?? []) : []));
}

/**
 * Waits for a code: the first of its kind that was not there before.
 * @param ask has it sent
 */
export async function receiveCode<Answer>(
  inboxUrl: string,
  kind: InboxMessage['kind'],
  ask: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<{ answer: Answer; code: string }> {
  const before = codesIn(await inboxMessages(inboxUrl), kind).length;
  const answer = await ask();
  for (;;) {
    const code = codesIn(await inboxMessages(inboxUrl), kind)[before];
    if (code !== undefined) return { answer, code };
    await sleep(100, undefined, { signal });
  }
}
