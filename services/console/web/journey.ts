import {
  ContactVerification_State,
  EnterpriseVerification_State,
  Entitlement_State,
} from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { Application_State } from '@longwire/contracts/connect/activation/v1/application';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import type { Domain } from '@longwire/contracts/connect/config/v1/domain';

export type Step = {
  name: string;
  /** Undefined while it is not known yet. */
  isDone: boolean | undefined;
  /** What to do, or what is being waited for. */
  todo: string;
  /** Where to do it. */
  path?: string;
};

/** How far an account has come on its way to WebSocket. */
export function journeyOf(account: Account, domains: Domain[] | undefined, latest: Application | undefined): Step[] {
  const { ACTIVE, SUSPENDED } = Entitlement_State;
  const isApproved = [ACTIVE, SUSPENDED].includes(account.websocketEntitlement?.state ?? Entitlement_State.NONE);
  const hasApplied = isApproved || latest?.state === Application_State.PENDING;
  return [
    { name: 'Account', isDone: true, todo: 'Create your account' },
    {
      name: 'Verified',
      isDone: account.enterpriseVerification?.state === EnterpriseVerification_State.VERIFIED,
      todo: 'A reviewer checks your enterprise',
    },
    {
      name: 'Reachable',
      isDone: [account.phoneVerification, account.emailVerification].every(
        (check) => check?.state === ContactVerification_State.VERIFIED,
      ),
      todo: 'Verify your phone number and email address below',
    },
    {
      name: 'Domain with ICP number',
      isDone: domains?.some(({ icpNumber }) => icpNumber !== ''),
      todo: 'Add a domain and its ICP number',
      path: '/domains',
    },
    { name: 'Applied', isDone: hasApplied, todo: 'Apply for WebSocket', path: '/apply' },
    {
      name: 'Approved',
      isDone: isApproved,
      todo:
        latest?.state === Application_State.REJECTED
          ? 'Rejected: see the reason'
          : 'A reviewer decides in a business day',
      ...(latest?.state === Application_State.REJECTED && { path: '/apply' }),
    },
    {
      name: 'Enabled',
      isDone: domains?.some(({ websocket }) => websocket?.enabled === true),
      todo: 'Switch WebSocket on for a domain',
      path: '/domains',
    },
  ];
}
