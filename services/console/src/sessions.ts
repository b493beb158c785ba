import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBucket, isWrongLastSequence } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

/** What the identity provider gave for one sign-in. */
export type Tokens = {
  /** The bearer token that the services verify. */
  accessToken: string;
  /** Who signed in, as the provider says it to the console alone. */
  idToken: string;
  /** Gets the next access token; absent where the provider gives none. */
  refreshToken?: string;
  /** When the access token ends, in milliseconds since 1970. */
  expiresAt: number;
};

export type Sessions = {
  /** Opens a session and returns its id, the secret that the browser's cookie holds. */
  open(tokens: Tokens): Promise<string>;
  /** The session's tokens, renewed when they are about to end; undefined when there is no such session any more. */
  tokens(id: string): Promise<Tokens | undefined>;
  close(id: string): Promise<void>;
};

/** Trades tokens for new ones; undefined when the provider takes the sign-in for ended. Throws when it does not answer. */
export type Renew = (tokens: Tokens) => Promise<Tokens | undefined>;

/** A session ends this long after the sign-in, however busy it is. */
export const sessionLifetimeMs = 12 * 3_600_000;

const renewAheadMs = 60_000;
const claimMs = 15_000;
const pollMs = 100;

type Session = Tokens & {
  endsAt: number;
  /** Until when one console is renewing the tokens and the others wait. */
  claimedUntil: number;
};
type Found = { session: Session; revision: number };

/**
 * Sessions in the KV bucket console-sessions, shared by all consoles. The bucket knows of a session id only its hash, and
 * the tokens are sealed with a key made from the id: who reads the bucket can use neither.
 */
export async function openSessions(nats: NatsConnection, renew: Renew): Promise<Sessions> {
  // Reads go to the leader, as from all buckets: a follower may not know yet that a session was closed.
  const kv = await ensureBucket(nats, 'console-sessions', { ttl: sessionLifetimeMs });
  const renewals = new Map<string, Promise<Tokens | undefined>>();

  return {
    async open(tokens) {
      const id = randomBytes(32).toString('base64url');
      const session = { ...tokens, endsAt: Date.now() + sessionLifetimeMs, claimedUntil: 0 };
      await kv.create(keyOf(id), seal(id, session));
      return id;
    },
    async tokens(id) {
      const found = await read(kv, id);
      if (!found || !isAboutToEnd(found.session)) return found?.session;
      const renewal = renewals.get(id) ?? renewOnce(kv, id, found, renew).finally(() => renewals.delete(id));
      renewals.set(id, renewal);
      return renewal;
    },
    close: (id) => kv.purge(keyOf(id)),
  };
}

/** Renews once among all consoles, because providers take a refresh token that is used twice for stolen (RFC 9700, 4.14.2). */
async function renewOnce(kv: KV, id: string, found: Found, renew: Renew): Promise<Tokens | undefined> {
  const { session } = found;
  if (session.refreshToken === undefined) return isUsable(session) ? session : undefined;
  if (session.claimedUntil > Date.now()) return renewedElsewhere(kv, id, found, renew);
  const claimed = { ...session, claimedUntil: Date.now() + claimMs };
  const revision = await replace(kv, id, claimed, found.revision);
  if (revision === undefined) return renewedElsewhere(kv, id, found, renew);

  const tokens = await renew(session).catch(async (error: unknown) => {
    await replace(kv, id, session, revision);
    if (isUsable(session)) return session;
    throw error;
  });
  if (tokens === session) return session;
  if (!tokens) {
    await kv.purge(keyOf(id));
    return undefined;
  }
  await replace(kv, id, { ...tokens, endsAt: session.endsAt, claimedUntil: 0 }, revision);
  return tokens;
}

/** Waits for another console's renewal; when that fails, or its console dies and the claim runs out, it is made here. */
async function renewedElsewhere(kv: KV, id: string, { session }: Found, renew: Renew): Promise<Tokens | undefined> {
  if (isUsable(session)) return session;
  for (;;) {
    await delay(pollMs);
    const found = await read(kv, id);
    if (!found || isUsable(found.session)) return found?.session;
    if (found.session.claimedUntil <= Date.now()) return renewOnce(kv, id, found, renew);
  }
}

async function read(kv: KV, id: string): Promise<Found | undefined> {
  const entry = await kv.get(keyOf(id));
  if (entry?.operation !== 'PUT') return undefined;
  const session = unseal(id, entry.value);
  return session.endsAt > Date.now() ? { session, revision: entry.revision } : undefined;
}

/** The new revision; undefined when another console was faster, or the session was closed. */
async function replace(kv: KV, id: string, session: Session, revision: number): Promise<number | undefined> {
  try {
    return await kv.update(keyOf(id), seal(id, session), revision);
  } catch (error) {
    if (isWrongLastSequence(error)) return undefined;
    throw error;
  }
}

function isAboutToEnd({ expiresAt }: Session): boolean {
  return expiresAt - Date.now() < renewAheadMs;
}

function isUsable({ expiresAt }: Session): boolean {
  return expiresAt > Date.now();
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

function sealingKey(id: string): Buffer {
  return Buffer.from(hkdfSync('sha256', id, '', 'longwire console session', 32));
}

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, the sealed JSON. */
function seal(id: string, session: Session): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(id), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(session)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function unseal(id: string, value: Uint8Array): Session {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(id), value.subarray(0, 12));
  decipher.setAuthTag(value.subarray(12, 28));
  const plain = Buffer.concat([decipher.update(value.subarray(28)), decipher.final()]);
  return JSON.parse(plain.toString()) as Session;
}
