import { DomainError } from '@longwire/contracts';
import type { Caller } from './caller.ts';

/** Whether the caller may see every account: reviewers and operators do, customers see their own. */
export function seesAllAccounts(caller: Caller): boolean {
  return caller.roles.includes('reviewer') || caller.roles.includes('operator');
}

/** Whether the caller may see what belongs to an account. */
export function seesAccount(caller: Caller, account: string): boolean {
  return caller.account === account || seesAllAccounts(caller);
}

/**
 * The account that a request is about: the named one, or the caller's own where none is named.
 * PERMISSION_DENIED when the caller may not see it, whether it exists or not (AIP-211).
 */
export function requireAccount(caller: Caller, named: string): string {
  const account = named || caller.account;
  if (!account)
    throw new DomainError('PERMISSION_DENIED', 'NO_ACCOUNT', 'name an account: the token carries the id of none');
  if (!seesAccount(caller, account))
    throw new DomainError('PERMISSION_DENIED', 'OTHER_ACCOUNT', `account ${account} is not yours, or does not exist`);
  return account;
}

/** The account to which a list is limited; undefined means all, which reviewers and operators may ask for. */
export function accountFilter(caller: Caller, named: string): string | undefined {
  return named === '' && seesAllAccounts(caller) ? undefined : requireAccount(caller, named);
}
