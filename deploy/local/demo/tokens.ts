import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const stateFile = z.object({ clients: z.array(z.object({ clientId: z.string(), clientSecret: z.string() })) });
const answer = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * Tokens for a program that acts for one of the local issuer's machine clients (RFC 6749, section 4.4), a new one
 * whenever the last is near its end.
 */
export async function machineTokens(
  issuerUrl: string,
  stateDir: string,
  clientId: string,
): Promise<() => Promise<string>> {
  const { clients } = stateFile.parse(JSON.parse(await readFile(join(stateDir, 'users.json'), 'utf8')));
  const client = clients.find((known) => known.clientId === clientId);
  if (!client) throw new Error(`the issuer knows no client ${clientId}`);
  let token = { value: '', expires: 0 };
  return async () => {
    if (Date.now() > token.expires - 60_000) token = await requestToken(issuerUrl, client);
    return token.value;
  };
}

async function requestToken(issuerUrl: string, { clientId, clientSecret }: { clientId: string; clientSecret: string }) {
  const response = await fetch(`${issuerUrl}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  if (!response.ok) throw new Error(`the issuer answers ${response.status}`);
  const { access_token: value, expires_in: seconds } = answer.parse(await response.json());
  return { value, expires: Date.now() + seconds * 1000 };
}
