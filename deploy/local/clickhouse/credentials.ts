import type { IncomingMessage } from 'node:http';
import { isSameSecret } from '../same-secret.ts';
import { ServerException } from './exception.ts';

type Credentials = { user: string; password: string };

/**
 * Lets the one user in who is named in one of ClickHouse's three ways: headers of its own, Basic authentication, the address.
 * @throws ServerException 516
 */
export function authenticate(request: IncomingMessage, url: URL, expected: Credentials): void {
  const given = [fromHeaders(request), fromAuthorization(request), fromAddress(url)].filter(
    (found) => found !== undefined,
  );
  if (given.length > 1) throw refused('Invalid authentication: it is not allowed to use several ways at once');
  const { user, password } = given[0] ?? { user: 'default', password: '' };
  const isRightUser = isSameSecret(user, expected.user);
  const isRightPassword = isSameSecret(password, expected.password);
  if (isRightUser && isRightPassword) return;
  throw refused(`${user}: Authentication failed: password is incorrect, or there is no user with such name.`);
}

function fromHeaders({ headers }: IncomingMessage): Credentials | undefined {
  const { 'x-clickhouse-user': user, 'x-clickhouse-key': password } = headers;
  if (user === undefined && password === undefined) return undefined;
  return { user: user?.toString() ?? 'default', password: password?.toString() ?? '' };
}

function fromAuthorization({ headers: { authorization } }: IncomingMessage): Credentials | undefined {
  if (authorization === undefined) return undefined;
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) throw refused('Invalid authentication: only the Basic scheme is supported');
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return { user, password };
}

function fromAddress({ searchParams }: URL): Credentials | undefined {
  if (!searchParams.has('user') && !searchParams.has('password')) return undefined;
  return { user: searchParams.get('user') ?? 'default', password: searchParams.get('password') ?? '' };
}

const refused = (text: string) => new ServerException(516, 'AUTHENTICATION_FAILED', text);
