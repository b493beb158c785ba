import { expect, test } from 'vitest';
import type { Content } from './content.ts';
import { decisionsIn, tellingFigures } from './decisions.ts';
import type { Entry } from './list.ts';

const start = Date.parse('2026-11-25T01:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1_000);
const approved: Content = { template: 'application-approved', parameters: { applicationId: 'a', companyName: 'Acme' } };

function entry(id: string, sentSeconds: number | undefined, content: Content = approved): Entry {
  const sentTime = sentSeconds === undefined ? undefined : at(sentSeconds);
  const notification = {
    accountId: 'acme',
    channel: 'sms' as const,
    causeTime: at(0).toISOString(),
    content,
    state: sentTime ? ('sent' as const) : ('queued' as const),
    attemptCount: 0,
    lastError: '',
    providerMessageId: '',
    resends: [],
  };
  return { id, notification, createTime: at(1), sentTime, deliveredTime: undefined };
}

test('a decision is told when the last of its messages is accepted', () => {
  const decisions = decisionsIn([entry('acme-1-approved-email', 9), entry('acme-1-approved-sms', 4)]);
  expect(decisions).toEqual([{ key: 'acme-1-approved', accountId: 'acme', causeTime: at(0), toldTime: at(9) }]);
});

test('a decision of which one message was not accepted is not told', () => {
  const decisions = decisionsIn([entry('acme-1-approved-email', undefined), entry('acme-1-approved-sms', 4)]);
  expect(decisions).toMatchObject([{ toldTime: undefined }]);
});

test('codes and reminders are no decisions', () => {
  const content: Content = { template: 'verification-code', parameters: { verificationId: 'v', companyName: 'Acme' } };
  expect(decisionsIn([entry('acme-v-verification-sms', 3, content)])).toEqual([]);
});

test('the figures are those of the decisions told; missed is what came late and what is late', () => {
  const seconds = [...Array.from({ length: 19 }, (_, index) => index + 1), 100];
  const told = seconds.map((count) => entry(`acme-${count}-approved-sms`, count));
  const decisions = decisionsIn([...told, entry('acme-x-approved-sms', undefined)]);
  expect(tellingFigures(decisions, 60_000, at(61))).toEqual({
    decisionCount: 21,
    toldCount: 20,
    notMetCount: 2,
    p50Seconds: 10,
    p95Seconds: 19,
    maxSeconds: 100,
  });
  expect(tellingFigures(decisions, 60_000, at(60)).notMetCount).toBe(1);
  expect(tellingFigures([], 60_000, at(60))).toMatchObject({ decisionCount: 0, p50Seconds: 0, maxSeconds: 0 });
});
