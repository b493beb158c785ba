import type { Message } from './message.ts';

/** A switch for people and tests who want to see a sender try again: the next so many attempts are turned away. */
export type Failures = {
  remaining: Record<Message['kind'], number>;
  /** Whether this attempt is one to turn away. */
  strikes(kind: Message['kind']): boolean;
};

export function createFailures(): Failures {
  const remaining = { email: 0, sms: 0 };
  return {
    remaining,
    strikes(kind) {
      if (remaining[kind] === 0) return false;
      remaining[kind]--;
      return true;
    },
  };
}
