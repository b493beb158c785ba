import { createHmac } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@longwire/service';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageSchema } from './message.ts';
import { start } from './service.ts';
import { isSigned } from './sms.ts';
import { openStore } from './store.ts';

const secret = 'the key of the SMS provider';
let folder: string;
let inbox: Awaited<ReturnType<typeof start>>;

const startInbox = () =>
  start(
    {
      INBOX_HTTP_LISTEN: { host: '127.0.0.1', port: 0 },
      INBOX_SMTP_LISTEN: { host: '127.0.0.1', port: 0 },
      INBOX_STATE_DIR: folder,
      SMS_SECRET: secret,
      LOG_LEVEL: 'fatal',
    },
    createLogger('inbox', 'fatal'),
  );

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-inbox-'));
  inbox = await startInbox();
});
afterEach(async () => {
  await inbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await inbox[Symbol.asyncDispose]();
  inbox = await startInbox();
}

const get = (path: string) => fetch(`http://${inbox.httpAddress}${path}`);
const messages = async () => z.array(messageSchema).parse(await (await get('/messages')).json());

function send(mail: object): Promise<unknown> {
  const transport = createTransport(`smtp://${inbox.smtpAddress}`);
  return transport.sendMail({ from: 'hello@longwire.test', to: 'ada@acme.test', ...mail });
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
function signature(body: string, { at = nowSeconds(), key = secret } = {}): string {
  return `t=${at},v1=${createHmac('sha256', key).update(`${at}.${body}`).digest('hex')}`;
}
function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://${inbox.httpAddress}${path}`, { method: 'POST', body, headers });
}
function text(sms: object): Promise<Response> {
  const body = JSON.stringify(sms);
  return post('/sms', body, { 'longwire-signature': signature(body) });
}
const turnAway = (failures: object) =>
  post('/failures', JSON.stringify(failures), { 'content-type': 'application/json' });

describe('email', () => {
  test('is taken over SMTP and kept with all its parts', async () => {
    await send({
      to: ['ada@acme.test', 'Rita <rita@longwire.test>'],
      subject: 'Approved – 已通过',
      text: 'plain',
      html: '<b>rich</b>',
      messageId: '<n-1@longwire.test>',
    });
    expect(await messages()).toEqual([
      {
        kind: 'email',
        id: '<n-1@longwire.test>',
        receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        from: 'hello@longwire.test',
        to: ['ada@acme.test', 'rita@longwire.test'],
        subject: 'Approved – 已通过',
        text: 'plain',
        html: '<b>rich</b>',
      },
    ]);
  });

  test('that is too big is refused for good', async () => {
    await expect(send({ text: 'x'.repeat(300_000) })).rejects.toMatchObject({ responseCode: 552 });
    expect(await messages()).toEqual([]);
  });

  test('is turned away for now as often as asked, then taken', async () => {
    await turnAway({ email: 2 });
    await expect(send({ text: '1' })).rejects.toMatchObject({ responseCode: 451 });
    await expect(send({ text: '2' })).rejects.toMatchObject({ responseCode: 451 });
    await send({ text: '3' });
    expect((await messages()).map((message) => message.text.trim())).toEqual(['3']);
  });
});

describe('SMS', () => {
  const sms = { id: 'n-1.sms', to: '+8613800138000', text: 'Approved' };

  test('is taken once, however often it is sent', async () => {
    const answers = await Promise.all([text(sms), text(sms), text(sms)]);
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(await answer.json()).toEqual({ messageId: 'inbox:n-1.sms' });
    }
    await restart();
    expect((await text(sms)).status).toBe(202);
    expect(await messages()).toMatchObject([{ kind: 'sms', ...sms }]);
  });

  test.each([
    ['no signature', () => undefined],
    ['a signature by another key', (body: string) => signature(body, { key: 'another' })],
    ['a signature of another body', () => signature('{}')],
    ['a signature of six minutes ago', (body: string) => signature(body, { at: nowSeconds() - 360 })],
    ['a signature of a time to come', (body: string) => signature(body, { at: nowSeconds() + 360 })],
    [
      'a signature whose time was changed',
      (body: string) => signature(body, { at: nowSeconds() - 360 }).replace(/t=\d+/, `t=${nowSeconds()}`),
    ],
  ])('with %s is refused', async (_, sign) => {
    const body = JSON.stringify(sms);
    const header = sign(body);
    expect((await post('/sms', body, header ? { 'longwire-signature': header } : {})).status).toBe(401);
    expect(await messages()).toEqual([]);
  });

  test('that nobody can receive is refused for good, with the reason', async () => {
    const answer = await text({ ...sms, to: '13800138000' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('to');
  });

  test('is turned away for now as often as asked, then taken', async () => {
    await turnAway({ sms: 1 });
    expect((await text(sms)).status).toBe(503);
    expect((await text(sms)).status).toBe(202);
  });

  test('a signature holds for five minutes either way', () => {
    const body = Buffer.from('{}');
    const header = signature('{}', { at: 1_000_000 });
    expect(isSigned(body, header, secret, 1_000_300_000)).toBe(true);
    expect(isSigned(body, header, secret, 1_000_301_000)).toBe(false);
    expect(isSigned(body, header, secret, 999_699_000)).toBe(false);
  });
});

describe('the switch for failures', () => {
  test('tells what is left, and takes a page of another origin for nobody', async () => {
    await turnAway({ email: 1, sms: 2 });
    expect(await (await get('/failures')).json()).toEqual({ email: 1, sms: 2 });
    expect((await post('/failures', '{"sms":9}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await turnAway({ sms: -1 })).status).toBe(400);
    expect(await (await get('/failures')).json()).toEqual({ email: 1, sms: 2 });
  });
});

describe('what was kept', () => {
  test('outlives a restart, a line that a crash cut off included', async () => {
    await send({ text: 'one' });
    await appendFile(join(folder, 'messages.jsonl'), '{"kind":"email","id":"cut o');
    await restart();
    await text({ id: 'two', to: '+8613800138000', text: 'two' });
    await restart();
    expect((await messages()).map((message) => message.text.trim())).toEqual(['two', 'one']);
  });

  test('is the newest thousand, in the file as well', async () => {
    const line = (n: number) =>
      `${JSON.stringify({ kind: 'sms', id: `${n}`, receivedAt: new Date(n).toISOString(), to: '+8613800138000', text: `${n}` })}\n`;
    await appendFile(join(folder, 'messages.jsonl'), Array.from({ length: 1500 }, (_, n) => line(n)).join(''));
    await restart();
    await text({ id: 'last', to: '+8613800138000', text: 'last' });
    const kept = await messages();
    expect(kept).toHaveLength(1000);
    expect([kept[0]?.id, kept.at(-1)?.id]).toEqual(['last', '501']);
    expect((await readFile(join(folder, 'messages.jsonl'), 'utf8')).split('\n')).toHaveLength(1002);
  });

  test('does not grow its file without end', async () => {
    await using store = await openStore(join(folder, 'small'));
    const receivedAt = new Date().toISOString();
    for (let n = 0; n < 2001; n++)
      await store.add({ kind: 'sms', id: `${n}`, receivedAt, to: '+8613800138000', text: '' });
    const lines = (await readFile(join(folder, 'small', 'messages.jsonl'), 'utf8')).trim().split('\n');
    const ids = lines.map((line) => messageSchema.parse(JSON.parse(line)).id);
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([1001, '1000', '2000']);
    expect(store.messages()).toHaveLength(1000);
  });
});

describe('the page', () => {
  const hostile = `</pre><script>alert("1")</script>'"><img src=x onerror=alert(1)>`;

  test('shows text of all kinds as text, and HTML in a sandbox only', async () => {
    await send({
      subject: hostile,
      text: hostile,
      html: `<p>hi</p>${hostile}`,
      from: { name: hostile, address: 'a@b.test' },
    });
    await text({ id: 'x', to: '+8613800138000', text: hostile });
    const response = await get('/');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).not.toContain('<img');
    expect(page.match(/<script/g)).toHaveLength(1);
    const frames = page.match(/<iframe[^>]*>/g) ?? [];
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatch(/sandbox="allow-popups allow-popups-to-escape-sandbox"/);
  });

  test('is told of each new message as it comes', async () => {
    const events = (await get('/events')).body?.pipeThrough(new TextDecoderStream()).getReader();
    await text({ id: 'live', to: '+8613800138000', text: 'a < b' });
    let seen = '';
    while (!seen.includes('\n\nevent: sms\ndata: ') || !seen.endsWith('\n\n'))
      seen += (await events?.read())?.value ?? '';
    expect(seen).toContain('a &#60; b');
    await events?.cancel();
  });

  test('says that it is ready, and what is not there', async () => {
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/elsewhere')).status).toBe(404);
  });
});
