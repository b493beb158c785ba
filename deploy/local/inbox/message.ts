import { z } from 'zod';

const common = { id: z.string(), receivedAt: z.iso.datetime() };

/** What arrived, as it lies in the file and as /messages shows it. */
export const messageSchema = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('email'),
    /** As the From field says. */
    from: z.string(),
    /** As the envelope says: who really gets it. */
    to: z.array(z.string()),
    subject: z.string(),
    text: z.string(),
    html: z.string().optional(),
  }),
  z.object({ ...common, kind: z.literal('sms'), to: z.string(), text: z.string() }),
]);

export type Message = z.infer<typeof messageSchema>;
export type Email = Extract<Message, { kind: 'email' }>;
export type Sms = Extract<Message, { kind: 'sms' }>;
