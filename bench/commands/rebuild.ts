import { readFile } from 'node:fs/promises';
import { openEventLog } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { startIssuer, startNats } from '@longwire/testing';
import { encode } from '../../libs/eventlog/src/codec.ts';
import type { AccountEvent } from '../../services/activation/src/events.ts';
import { startProcess } from '../../services/activation/test/process.ts';

export type Rebuild = { events: number; accounts: number; seconds: number; cpuSeconds: number; megabytes: number };

/** How long a service takes to read a log that is as long as this, and how much memory it has then. */
export async function measureRebuild(events: number): Promise<Rebuild> {
  await using nats = await startNats();
  await using issuer = await startIssuer();
  const connection = await connectNats(nats.url, 'bench', createLogger('bench', 'silent'));
  const log = await openEventLog(connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const accounts = Math.ceil(events / life.length);
  for (let from = 0; from < accounts; from += accountsAtOnce)
    await live(log, from, Math.min(accounts, from + accountsAtOnce));
  await connection.close();

  const startedAt = performance.now();
  await using service = await startProcess({
    NATS_URL: nats.url,
    GRPC_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    ...issuer.env,
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  return { events: accounts * life.length, accounts, seconds, ...(await used(service.pid)) };
}

/** Processor time (user and system) and memory of a process (Linux, proc(5)). */
async function used(pid: number | undefined): Promise<{ cpuSeconds: number; megabytes: number }> {
  const [stat, status] = [await readFile(`/proc/${pid}/stat`, 'utf8'), await readFile(`/proc/${pid}/status`, 'utf8')];
  const [userTicks, systemTicks] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const kilobytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
  return { cpuSeconds: ((userTicks ?? Number.NaN) + (systemTicks ?? Number.NaN)) / 100, megabytes: kilobytes / 1024 };
}

const accountsAtOnce = 500;
const [first, second] = ['2f1f9a86-7d0b-4b55-9f0c-0d9a52a3f001', '2f1f9a86-7d0b-4b55-9f0c-0d9a52a3f002'];
const dueTime = '2026-11-24T01:45:00.000Z';
const expireTime = '2026-11-23T01:40:00.000Z';

/** What happens to an account that applies twice: a decision each. */
const life: AccountEvent[] = [
  { type: 'AccountCreated', companyName: 'Acme Live Ltd', country: 'CN', registrationNumber: '91330100799655058B' },
  { type: 'ContactsUpdated', phoneChanged: true, emailChanged: true },
  { type: 'ContactVerificationRequested', verificationId: first, channel: 'sms', expireTime },
  { type: 'ContactVerified', verificationId: first, channel: 'sms' },
  { type: 'ContactVerificationRequested', verificationId: second, channel: 'email', expireTime },
  { type: 'ContactVerified', verificationId: second, channel: 'email' },
  { type: 'EnterpriseVerified', evidence: 'file 17', expireTime: '2027-11-23T00:00:00.000Z' },
  submitted(first),
  { type: 'ApplicationReminded', applicationId: first, kind: 'half_time', dueTime },
  { type: 'ApplicationClaimed', applicationId: first, reviewer: 'user-rita' },
  { type: 'ApplicationNoted', applicationId: first, note: 'asked for the licence' },
  { type: 'ApplicationRejected', applicationId: first, reason: 'no licence', mend: ['name the licence'] },
  submitted(second),
  { type: 'ApplicationClaimed', applicationId: second, reviewer: 'user-rita' },
  { type: 'ApplicationNoted', applicationId: second, note: 'the licence is there' },
  { type: 'ApplicationApproved', applicationId: second, limits: { bandwidthBps: 50_000_000, connections: 5_000 } },
  { type: 'LanguageSet', language: 'zh-CN' },
  { type: 'EntitlementSuspended', reason: 'the bill of October is unpaid' },
  { type: 'EntitlementReinstated' },
  { type: 'LanguageSet', language: 'en' },
];

function submitted(applicationId: string): AccountEvent {
  const sizes = { peakBandwidthBps: 50_000_000, peakConnections: 5_000 };
  return {
    type: 'ApplicationSubmitted',
    applicationId,
    purpose: 'live quotes',
    dueTime,
    domains: ['a.test'],
    ...sizes,
  };
}

/** So many accounts live side by side. */
async function live({ js }: EventLog, from: number, to: number): Promise<void> {
  const ids = Array.from({ length: to - from }, (_, at) => `bench-${from + at}`);
  for (const [step, event] of life.entries()) {
    const meta = {
      commandId: `step-${step}`,
      actor: 'user-ada',
      time: new Date(Date.parse(expireTime) + step * 60_000),
    };
    const { data, headers } = encode([event], meta);
    await Promise.all(ids.map((id) => js.publish(`activation.account.${id}`, data, { headers, timeout: 30_000 })));
  }
}
