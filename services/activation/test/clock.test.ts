import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append, history, openEventLog } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AccountEvent } from '../src/events.ts';
import { peak, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let log: EventLog;
let everyDay: string;
let outdated: string;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  world = stack.use(await startWorld());
  log = await openEventLog(world.connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const folder = await mkdtemp(join(tmpdir(), 'longwire-calendar-'));
  stack.defer(() => rm(folder, { recursive: true }));
  everyDay = join(folder, 'every-day.json');
  await writeFile(everyDay, JSON.stringify({ name: 'every day', weekend: [] }));
  outdated = join(folder, 'outdated.json');
  await writeFile(outdated, JSON.stringify({ name: 'outdated', weekend: [], from: '2020-01-01', to: '2020-12-31' }));
});

afterAll(() => stack.disposeAsync());

const startService = () => world.startService({ DESK_CALENDAR: everyDay });
const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

/** What was decided then: an application that was submitted at one moment and is due at another. */
async function applied(accountId: string, submitted: Date, due: Date): Promise<void> {
  const events: AccountEvent[] = [
    { type: 'AccountCreated', companyName: accountId },
    { type: 'ApplicationSubmitted', applicationId: 'a1', purpose: 'chat', dueTime: due.toISOString() },
  ];
  const meta = { commandId: 'submit', actor: 'user-ada', time: submitted };
  await append(log, `activation.account.${accountId}`, events, { expectedSequence: 0, meta });
}

async function decisions(accountId: string) {
  const found = [];
  for await (const { events, meta } of history<AccountEvent>(log, `activation.account.${accountId}`))
    for (const event of events) if (event.type === 'ApplicationReminded') found.push([event.kind, meta.actor]);
  return found;
}

async function reminders(accountId: string) {
  return (await decisions(accountId)).map(([kind]) => kind);
}

test('the desk is reminded at half of the time and when it is over, once though three instances run', async () => {
  await applied('half', hours(-12.5), hours(11.5));
  await applied('over', hours(-25), hours(-1));
  await applied('fresh', hours(-1), hours(23));
  await using _ = await startService();
  await using __ = await startService();
  await using ___ = await startService();
  await vi.waitFor(async () => {
    expect(await reminders('half')).toEqual(['half_time']);
    expect(await reminders('over')).toEqual(['overdue']);
  }, 5_000);
  await applied('late', hours(-25), hours(-1)); // what comes while they run
  await vi.waitFor(async () => expect(await reminders('late')).toEqual(['overdue']), 5_000);
  expect(await decisions('late')).toEqual([['overdue', 'activation']]);
  expect(await reminders('fresh')).toEqual([]);
});

test('the moment is not missed: half of the time comes while the service runs', async () => {
  await using _ = await startService();
  await applied('soon', hours(-12), new Date(hours(12).getTime() + 2_000)); // half of it in one second
  await vi.waitFor(async () => expect(await reminders('soon')).toEqual(['half_time']), 5_000);
});

test('a service that starts again reminds of nothing twice, and of what was missed meanwhile', async () => {
  await applied('missed', hours(-25), hours(-1));
  await using _ = await startService();
  await vi.waitFor(async () => expect(await reminders('missed')).toEqual(['overdue']), 5_000);
  const rita = await world.reviewer();
  for (const account of ['half', 'over', 'late']) expect(await reminders(account)).toHaveLength(1);
  const figures = await rita.desk.getDeskFigures({});
  expect(figures).toMatchObject({ pendingCount: 6, overdueCount: 3 });
  const { applications } = await rita.applications.listApplications({ overdue: true });
  expect(applications.map(({ accountId }) => accountId).toSorted()).toEqual(['late', 'missed', 'over']);
});

test('a due time on a day that the calendar does not cover is counted, and is one working day later all the same', async () => {
  await using service = await world.startService({ DESK_CALENDAR: outdated });
  const applications = await world.readyToApply('acme');
  const { application } = await applications.submitApplication({ purpose: 'quotes', ...peak });
  const { submitTime, dueTime } = application!;
  expect(dueTime!.getTime() - submitTime!.getTime()).toBe(24 * 3_600_000);
  const metrics = await (await fetch(`http://${service.adminAddress}/metrics`)).text();
  expect(metrics).toContain('longwire_activation_due_times_past_calendar_total 1\n');
});
