import { z } from 'zod';
import type { Tokens } from './sessions.ts';

/** Who is signed in, as the pages show it. */
export type Identity = {
  /** As events name who decided something. */
  subject: string;
  name: string;
  email: string | null;
  roles: string[];
  /** The account that a customer acts for. */
  account: string | null;
};

const idClaims = z.object({
  sub: z.string(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  email: z.string().optional(),
});
const accessClaims = z.object({ roles: z.array(z.string()).catch([]), account: z.string().nullable().catch(null) });

/**
 * Reads the identity out of a session's tokens, for display only: both came straight from the provider, and what their
 * bearer may do is judged by each service, which verifies the access token itself.
 */
export function identityOf({ idToken, accessToken }: Tokens): Identity {
  const { sub, name, preferred_username, email } = idClaims.parse(payloadOf(idToken));
  const { roles, account } = accessClaims.parse(payloadOf(accessToken));
  return { subject: sub, name: name ?? preferred_username ?? email ?? sub, email: email ?? null, roles, account };
}

function payloadOf(token: string): unknown {
  const payload = token.split('.')[1];
  return payload === undefined ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString());
}
