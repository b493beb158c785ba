import type { Telling } from './content.ts';
import type { Language } from './wording.ts';

/** One SMS as it is given to a provider. It holds a phone number, so it is for the request alone. */
export type Sms = {
  /** Ours; the same at every attempt. */
  id: string;
  /** E.164. */
  to: string;
  text: string;
  /** What the text says, for providers that word it themselves. */
  telling: Telling;
  language: Language;
};

export type SmsProvider = {
  /**
   * Gives it to the provider and returns the provider's id of it; empty if it was accepted without a usable one.
   * @throws DeliveryFailure
   */
  send(sms: Sms): Promise<string>;
  /**
   * The provider's id of a message that it has accepted since a time, undefined when it has not: asked after an attempt of
   * which nobody knows what came of it. Absent where the provider takes an id once, so that sending again is safe.
   * @throws DeliveryFailure
   */
  findAccepted?(sms: Sms, since: Date): Promise<string | undefined>;
};
