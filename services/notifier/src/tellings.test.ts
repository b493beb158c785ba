import { expect, test } from 'vitest';
import { tellingsOf, toldEvent } from './tellings.ts';
import type { Cause } from './tellings.ts';

const cause: Cause = { accountId: 'acme', companyName: 'Acme', sequence: 7, time: new Date('2026-11-25T01:00:00Z') };
const desk = {
  emails: ['one@desk.example', 'two@desk.example'],
  phones: ['+8613900139000'],
  language: 'en' as const,
  timeZone: 'UTC',
};
const dueTime = '2026-11-25T02:00:00.000Z';

test.for([
  {
    event: { type: 'ApplicationApproved', applicationId: 'a', limits: { bandwidthBps: 0, connections: 0 } },
    ids: ['acme-a-approved-email', 'acme-a-approved-sms'],
  },
  {
    event: { type: 'ApplicationRejected', applicationId: 'a', reason: 'why', mend: ['it'] },
    ids: ['acme-a-rejected-email', 'acme-a-rejected-sms'],
  },
  {
    event: { type: 'ApplicationReminded', applicationId: 'a', kind: 'overdue', dueTime },
    ids: ['acme-a-overdue-7-desk-0-email', 'acme-a-overdue-7-desk-1-email', 'acme-a-overdue-7-desk-0-sms'],
  },
  {
    event: { type: 'ContactVerificationRequested', verificationId: 'v', channel: 'sms' },
    ids: ['acme-v-verification-sms'],
  },
  { event: { type: 'EntitlementSuspended', reason: 'why' }, ids: ['acme-7-suspended-email', 'acme-7-suspended-sms'] },
  { event: { type: 'EntitlementReinstated' }, ids: ['acme-7-reinstated-email', 'acme-7-reinstated-sms'] },
])('$event.type is told once to each recipient on each channel', ({ event, ids }) => {
  const queueings = tellingsOf(toldEvent.parse(event), cause, desk);
  expect(queueings.map(({ id }) => id)).toEqual(ids);
  for (const { command } of queueings) {
    expect(command).toMatchObject({ accountId: 'acme', causeTime: '2026-11-25T01:00:00.000Z' });
    expect(JSON.stringify(command)).not.toMatch(/desk\.example|13900139000/);
  }
});

test('without a review desk nobody is reminded', () => {
  const reminded = toldEvent.parse({ type: 'ApplicationReminded', applicationId: 'a', kind: 'half_time', dueTime });
  expect(tellingsOf(reminded, cause, { ...desk, emails: [], phones: [] })).toEqual([]);
});
