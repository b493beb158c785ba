import { sessionLifetimeMs } from './sessions.ts';

/** The cookie that holds a session's id. */
export type SessionCookie = {
  name: string;
  options: { path: '/'; httpOnly: true; sameSite: 'lax'; secure: boolean; maxAge: number };
  /** The id among a request's cookies, if it has the form of one. */
  read(cookies: Record<string, string | undefined>): string | undefined;
};

/** Over https the cookie is Secure and named __Host-, which no other host of the domain can set (RFC 6265bis, 4.1.3.2). */
export function sessionCookie(consoleUrl: string): SessionCookie {
  const secure = consoleUrl.startsWith('https:');
  const name = secure ? '__Host-longwire' : 'longwire';
  return {
    name,
    options: { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: sessionLifetimeMs / 1000 },
    read(cookies) {
      const id = cookies[name];
      return id !== undefined && /^[\w-]{43}$/.test(id) ? id : undefined;
    },
  };
}
