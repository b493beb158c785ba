import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export type TestIssuer = AsyncDisposable & {
  issuer: string;
  jwksUrl: string;
  /** What a service's environment says about tokens. */
  env: { AUTH_ISSUER: string; AUTH_JWKS_URL: string };
  /** A signed token; `claims` win over the defaults (sub, one hour, audience longwire). */
  token(claims: { roles?: string[]; account?: string; sub?: string; aud?: string; exp?: number }): Promise<string>;
};

/** A token issuer with a real key and a real key set on a port of its own. */
export async function startIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const jwksUrl = `${issuer}/jwks`;
  return {
    issuer,
    jwksUrl,
    env: { AUTH_ISSUER: issuer, AUTH_JWKS_URL: jwksUrl },
    token: (claims) =>
      new SignJWT({
        iss: issuer,
        aud: 'longwire',
        sub: 'user-test',
        exp: Math.floor(Date.now() / 1000) + 3600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'test' })
        .setIssuedAt()
        .sign(privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
