/** What a person or a program may do: customers act for their account, reviewers decide, operators run the suite. */
export const roles = ['customer', 'reviewer', 'operator'] as const;
export type Role = (typeof roles)[number];

/** What the id of an account looks like: it stands in subjects and keys of NATS, where other characters mean something. */
export const accountPattern = /^[a-z][a-z\d-]{1,38}[a-z\d]$/;

/** Who calls, as the token says. */
export type Caller = {
  /** The token's subject: an opaque id, never a name or an address. */
  subject: string;
  roles: readonly Role[];
  /** The account that a customer acts for. */
  account?: string;
  /** Until when the token holds: whoever answers for longer, by a stream, ends it then. */
  expireTime: Date;
};
