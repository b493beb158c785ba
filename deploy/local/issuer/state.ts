import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

const role = z.enum(['customer', 'reviewer', 'operator']);

const usersSchema = z.object({
  /** People, who sign in on the page. */
  users: z.array(
    z.object({
      email: z.string(),
      name: z.string(),
      password: z.string(),
      /** The `sub` of their tokens: opaque, never an address. */
      subject: z.string(),
      roles: z.array(role),
      account: z.string().optional(),
    }),
  ),
  /** Programs, which get tokens by the client credentials grant; the id is the `sub`. */
  clients: z.array(
    z.object({
      clientId: z.string(),
      clientSecret: z.string(),
      roles: z.array(role),
      account: z.string().optional(),
    }),
  ),
});

export type Users = z.infer<typeof usersSchema>;
export type User = Users['users'][number];

const keysSchema = z.object({
  /** The private keys that sign tokens, as a JWK set (RFC 7517). */
  jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })) }),
  /** Sign the cookies. */
  cookieKeys: z.array(z.string()),
});

export type Keys = z.infer<typeof keysSchema>;

/** Reads the users and keys of a folder; makes them, with passwords nobody else has, at the first start. */
export async function readState(folder: string): Promise<{ users: Users; keys: Keys }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    users: await readOrMake(join(folder, 'users.json'), usersSchema, async () => makeUsers()),
    keys: await readOrMake(join(folder, 'keys.json'), keysSchema, makeKeys),
  };
}

/** The file is whole or not there, and for its owner alone. */
async function readOrMake<T>(path: string, schema: z.ZodType<T>, make: () => Promise<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = await make();
  await writeFile(`${path}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  return made;
}

const randomSecret = () => randomBytes(12).toString('base64url');

function makeUsers(): Users {
  const user = (name: string, email: string, details: Omit<User, 'name' | 'email' | 'password' | 'subject'>): User => ({
    email,
    name,
    password: randomSecret(),
    subject: `user-${email.split('@', 1)[0]}`,
    ...details,
  });
  return {
    users: [
      user('Ada Acme', 'ada@acme.test', { roles: ['customer'], account: 'acme' }),
      user('Bob Globex', 'bob@globex.test', { roles: ['customer'], account: 'globex' }),
      user('Rita Review', 'rita@longwire.test', { roles: ['reviewer'] }),
      user('Olga Operator', 'olga@longwire.test', { roles: ['operator'] }),
    ],
    clients: [
      { clientId: 'demo-customer', clientSecret: randomSecret(), roles: ['customer'], account: 'acme' },
      { clientId: 'demo-reviewer', clientSecret: randomSecret(), roles: ['reviewer'] },
      { clientId: 'demo-operator', clientSecret: randomSecret(), roles: ['operator'] },
    ],
  };
}

async function makeKeys(): Promise<Keys> {
  // RS256 is what every client of OpenID Connect understands (Core 1.0, 15.1).
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = {
    kty: 'RSA',
    ...(await exportJWK(privateKey)),
    kid: randomBytes(8).toString('hex'),
    alg: 'RS256',
    use: 'sig',
  };
  return { jwks: { keys: [key] }, cookieKeys: [randomBytes(32).toString('base64url')] };
}
