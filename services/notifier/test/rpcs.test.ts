import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import type { DomainError } from '@longwire/contracts';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { WebhookServiceService } from '@longwire/contracts/notifier/v1/webhook_service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWebhookReceiver } from './webhook-receiver.ts';
import { startWorld, untilStates } from './world.ts';

// One suite for all: acme's customer has a webhook and four messages, of which two have failed.

type Clients = Awaited<ReturnType<typeof clientsOf>>;
type Who =
  | 'nobody'
  | 'no role'
  | 'own customer'
  | 'other customer'
  | 'customer without account'
  | 'customer of a wildcard'
  | 'reviewer'
  | 'operator';

const stack = new AsyncDisposableStack();
let clients: Record<Who, Clients>;
let webhookId = '';
let failedMessage = '';
let failedDelivery = '';

async function clientsOf(grpcAddress: string, token: string | undefined) {
  const options = token === undefined ? {} : { token: () => token };
  return {
    notifications: stack.use(createClient(NotificationServiceService, grpcAddress, options)),
    webhooks: stack.use(createClient(WebhookServiceService, grpcAddress, options)),
  };
}

beforeAll(async () => {
  const world = stack.use(await startWorld());
  const receiver = stack.use(await startWebhookReceiver());
  receiver.answer = () => 500;
  world.provider.answer = () => ({ status: 400, body: {} });
  const env = { WEBHOOK_ALLOW: '127.0.0.1', NOTIFIER_MAX_ATTEMPTS: '1', WEBHOOK_MAX_FAILURES: '1000' };
  const { client, grpcAddress } = await world.startNotifier(env);
  const as = async (claims: object) => clientsOf(grpcAddress, await world.issuer.token(claims));
  clients = {
    nobody: await clientsOf(grpcAddress, undefined),
    'no role': await as({ account: 'acme' }),
    'own customer': await as({ roles: ['customer'], account: 'acme' }),
    'other customer': await as({ roles: ['customer'], account: 'initech' }),
    'customer without account': await as({ roles: ['customer'] }),
    'customer of a wildcard': await as({ roles: ['customer'], account: '>' }),
    reviewer: await as({ roles: ['reviewer'] }),
    operator: await as({ roles: ['operator'] }),
  };
  await world.createAccount();
  const { webhook } = await clients['own customer'].webhooks.createWebhook({ url: receiver.url });
  webhookId = webhook?.webhookId ?? '';
  await world.approve();
  const [, sms, delivery] = await untilStates(client, 'STATE_SENT', 'STATE_FAILED', 'STATE_FAILED');
  failedMessage = sms?.notificationId ?? '';
  failedDelivery = delivery?.notificationId ?? '';
}, 60_000);

afterAll(() => stack.disposeAsync());

/** Each call with what a caller of acme would send. */
const calls = {
  ListNotifications: ({ notifications }: Clients) => notifications.listNotifications({ accountId: 'acme' }),
  GetNotification: ({ notifications }: Clients) => notifications.getNotification({ notificationId: failedMessage }),
  'ResendNotification to people': ({ notifications }: Clients) =>
    notifications.resendNotification({ notificationId: failedMessage }),
  'ResendNotification to a webhook': ({ notifications }: Clients) =>
    notifications.resendNotification({ notificationId: failedDelivery }),
  PreviewTemplate: ({ notifications }: Clients) =>
    notifications.previewTemplate({ template: 'application-approved', language: 'en' }),
  GetTellingFigures: ({ notifications }: Clients) => notifications.getTellingFigures({}),
  CreateWebhook: ({ webhooks }: Clients) => webhooks.createWebhook({ url: 'https://hooks.acme.test/' }),
  ListWebhooks: ({ webhooks }: Clients) => webhooks.listWebhooks({ accountId: 'acme' }),
  ListDeliveries: ({ webhooks }: Clients) => webhooks.listDeliveries({ accountId: 'acme', webhookId }),
  RotateSecret: ({ webhooks }: Clients) => webhooks.rotateSecret({ webhookId }),
  TestWebhook: ({ webhooks }: Clients) => webhooks.testWebhook({ accountId: 'acme', webhookId }),
  EnableWebhook: ({ webhooks }: Clients) => webhooks.enableWebhook({ accountId: 'acme', webhookId }),
  DeleteWebhook: ({ webhooks }: Clients) =>
    webhooks.deleteWebhook({ accountId: 'acme', webhookId: `${webhookId}-not-there` }),
};

const denied = 'PERMISSION_DENIED';
const hidden = 'NOT_FOUND';
// What was resent a moment ago has not failed yet: allowed, and refused by the rule alone.
const resent = 'OK|FAILED_PRECONDITION';
const ok = 'OK';

/** What each caller hears: own customer, other customer, customer without account, reviewer, operator. */
const matrix: Record<keyof typeof calls, [string, string, string, string, string]> = {
  ListNotifications: [ok, denied, denied, ok, ok],
  GetNotification: [ok, hidden, hidden, ok, ok],
  'ResendNotification to people': [denied, hidden, hidden, resent, resent],
  'ResendNotification to a webhook': [resent, hidden, hidden, resent, resent],
  PreviewTemplate: [denied, denied, denied, ok, ok],
  GetTellingFigures: [denied, denied, denied, ok, ok],
  CreateWebhook: [ok, ok, denied, denied, denied],
  ListWebhooks: [ok, denied, denied, ok, ok],
  ListDeliveries: [ok, denied, denied, ok, ok],
  RotateSecret: [ok, hidden, denied, denied, denied],
  TestWebhook: [ok, denied, denied, denied, ok],
  EnableWebhook: [ok, denied, denied, denied, ok],
  DeleteWebhook: [hidden, denied, denied, denied, hidden],
};
const columns: Who[] = ['own customer', 'other customer', 'customer without account', 'reviewer', 'operator'];

const cases: { rpc: string; who: Who; code: string }[] = Object.entries(matrix).flatMap(([rpc, row]) => [
  { rpc, who: 'nobody', code: 'UNAUTHENTICATED' },
  { rpc, who: 'no role', code: denied },
  ...row.map((code, index) => ({ rpc, who: columns[index] ?? 'nobody', code })),
]);

test.for(cases)('$rpc by $who: $code', async ({ rpc, who, code }) => {
  const call = Object.entries(calls).find(([name]) => name === rpc)?.[1];
  const heard = await (call?.(clients[who]) ?? Promise.reject(new Error(rpc))).then(
    () => 'OK',
    (error: DomainError) => error.code,
  );
  expect(heard).toMatch(new RegExp(`^(${code})$`));
});

test('the table names every rpc', () => {
  const named = new Set(Object.keys(calls).map((name) => name.split(' ')[0]));
  const served = [...Object.values(NotificationServiceService), ...Object.values(WebhookServiceService)];
  expect(named).toEqual(new Set(served.map(({ path }) => path.split('/')[2])));
});

const page = { pageSize: -1, pageToken: 'not a token' };
const bad: { rpc: string; call: (clients: Clients) => Promise<unknown>; fields: string[]; as?: Who }[] = [
  {
    rpc: 'ListNotifications',
    call: ({ notifications }) => notifications.listNotifications({ pageSize: -1, state: 99 as 1, channel: 99 as 1 }),
    fields: ['page_size', 'state', 'channel'],
  },
  {
    rpc: 'ListNotifications',
    call: ({ notifications }) => notifications.listNotifications({ pageToken: page.pageToken }),
    fields: ['page_token'],
  },
  {
    rpc: 'GetNotification',
    call: ({ notifications }) => notifications.getNotification({}),
    fields: ['notification_id'],
  },
  {
    rpc: 'ResendNotification',
    call: ({ notifications }) => notifications.resendNotification({ requestId: 'not a uuid' }),
    fields: ['notification_id', 'request_id'],
  },
  {
    rpc: 'PreviewTemplate',
    call: ({ notifications }) => notifications.previewTemplate({ template: 'webhook-event', language: 'fr' }),
    fields: ['template', 'language'],
  },
  {
    rpc: 'GetTellingFigures',
    call: ({ notifications }) =>
      notifications.getTellingFigures({ startTime: new Date('2026-11-25'), endTime: new Date('2026-11-24') }),
    fields: ['start_time'],
  },
  {
    rpc: 'CreateWebhook',
    call: ({ webhooks }) =>
      webhooks.createWebhook({ url: 'ftp://x', eventTypes: ['websocket.enabled', 'nothing'], requestId: 'x' }),
    fields: ['url', 'event_types[1]', 'request_id'],
    as: 'own customer',
  },
  {
    rpc: 'RotateSecret',
    call: ({ webhooks }) => webhooks.rotateSecret({ requestId: 'x' }),
    fields: ['webhook_id', 'request_id'],
    as: 'own customer',
  },
  ...(['deleteWebhook', 'enableWebhook', 'testWebhook'] as const).map((rpc) => ({
    rpc,
    call: ({ webhooks }: Clients) => webhooks[rpc]({ accountId: '>', requestId: 'x' }),
    fields: ['account_id', 'webhook_id', 'request_id'],
  })),
  {
    rpc: 'ListDeliveries',
    call: ({ webhooks }) => webhooks.listDeliveries({ accountId: '*', pageSize: -1 }),
    fields: ['account_id', 'webhook_id', 'page_size'],
  },
  { rpc: 'ListWebhooks', call: ({ webhooks }) => webhooks.listWebhooks({ accountId: '*' }), fields: ['account_id'] },
];

test.for(bad)('$rpc names all its bad fields at once: $fields', async ({ call, fields, as = 'operator' }) => {
  const refused = await call(clients[as]).then(
    () => undefined,
    (error: DomainError) => error,
  );
  expect(refused?.code).toBe('INVALID_ARGUMENT');
  expect(refused?.details.fieldViolations?.map(({ field }) => field)).toEqual(fields);
});

test.for([
  'not a URL',
  'http://hooks.acme.test/',
  'https://user:secret@hooks.acme.test/',
  'https://hooks.acme.test/?token=secret',
  'https://hooks.acme.test/#part',
  'https://10.0.0.1/',
  'https://[::1]/',
  'https://169.254.169.254/latest/meta-data',
  'https://167772161/',
  'http://127.0.0.2/',
  `https://hooks.acme.test/${'x'.repeat(1000)}`,
])('%s is no webhook, and its secrets are not told', async (url) => {
  const refused: DomainError = await clients['own customer'].webhooks.createWebhook({ url }).then(
    () => expect.unreachable(),
    (error: DomainError) => error,
  );
  expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', details: { fieldViolations: [{ field: 'url' }] } });
  expect(refused.message).not.toContain('secret@');
});

test('an account id that is none is refused, whoever brings it', async () => {
  const { webhooks } = clients['customer of a wildcard'];
  const url = 'https://hooks.acme.test/';
  await expect(webhooks.createWebhook({ url })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    reason: 'NO_ACCOUNT',
  });
  await expect(webhooks.listWebhooks({})).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});

test('repeated writes change nothing', async () => {
  const { webhooks } = clients['own customer'];
  const requestId = randomUUID();
  const one = await webhooks.testWebhook({ webhookId, requestId });
  const other = await webhooks.testWebhook({ webhookId, requestId });
  expect(other.notification?.notificationId).toBe(one.notification?.notificationId);
  const { notifications } = await webhooks.listDeliveries({ webhookId });
  expect(notifications.filter(({ notificationId }) => notificationId.includes(requestId))).toHaveLength(1);
});

test('an account has ten webhooks at most', async () => {
  const { webhooks } = clients['other customer'];
  const { webhooks: present } = await webhooks.listWebhooks({});
  const create = () => webhooks.createWebhook({ url: 'https://hooks.initech.example/' });
  for (let count = present.length; count < 10; count++) await create();
  await expect(create()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'TOO_MANY_WEBHOOKS' });
});

test('lists filter by state and channel, and pages follow each other', async () => {
  const { notifications } = clients.reviewer;
  const { notifications: failed } = await notifications.listNotifications({ state: 3, channel: 2 });
  expect(failed.map(({ notificationId }) => notificationId)).toEqual([failedMessage]);
  const { notifications: mails } = await notifications.listNotifications({ channel: 1 });
  expect(mails.map(({ state }) => state)).toEqual([2]);
});

test('a preview is the template in its language', async () => {
  const preview = await clients.reviewer.notifications.previewTemplate({
    template: 'verification-code',
    language: 'zh-CN',
  });
  expect(preview).toMatchObject({
    subject: '000000 是您的 Longwire 验证码',
    html: expect.stringContaining('<html lang="zh-CN">'),
    sms: '您的 Longwire 验证码是 000000，10 分钟内有效，请勿告诉他人。',
    smsIsOneSegment: true,
  });
});
