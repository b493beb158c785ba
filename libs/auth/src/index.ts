export { accountFilter, requireAccount, seesAccount, seesAllAccounts } from './account-scope.ts';
export { accountPattern } from './caller.ts';
export type { Caller, Role } from './caller.ts';
export { authorize, callerOf } from './interceptor.ts';
export type { Policy } from './interceptor.ts';
export { verifyTokens } from './tokens.ts';
export type { Authenticate, TokenOptions } from './tokens.ts';
