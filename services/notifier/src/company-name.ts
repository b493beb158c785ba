import { history } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';

type AccountEvent = { type: 'AccountCreated'; companyName: string } | { type: 'other' };

/** The company of an account, from the stream of activation: an account's subject begins with its creation. */
export async function findCompanyName(log: EventLog, accountId: string): Promise<string> {
  const subject = `activation.account.${accountId}`;
  for await (const { events } of history<AccountEvent>({ ...log, stream: 'ACTIVATION' }, subject)) {
    for (const event of events) if (event.type === 'AccountCreated') return event.companyName;
  }
  throw new Error(`${subject} has something to tell but no AccountCreated`);
}
