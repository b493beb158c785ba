import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { signedUnder, startWebhookReceiver } from '../../notifier/test/webhook-receiver.ts';
import { receiveCode } from '../../../deploy/local/demo/inbox.ts';
import { findChromium, launchChromium, overflow, seriousViolations } from './chromium.ts';
import { required } from './suite.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const chromium = findChromium(process.env);
if (chromium === undefined) console.warn('No Chromium on the PATH and none in $CHROME: the pages are not tested.');

const domain = 'ws.acme.example';
const purpose = 'What do you want WebSocket for?';

// The tests are one story, told in order.
describe.skipIf(chromium === undefined)('the pages', { timeout: 60_000 }, () => {
  const stack = new AsyncDisposableStack();
  const complaints: string[] = [];
  let world: World;
  let browser: Browser;
  let ada: Page;
  let rita: Page;
  let webhookPath = '';

  beforeAll(async () => {
    const outDir = await mkdtemp(join(tmpdir(), 'longwire-pages-'));
    stack.defer(() => rm(outDir, { recursive: true, force: true }));
    const configFile = fileURLToPath(new URL('../vite.config.ts', import.meta.url));
    await build({ configFile, logLevel: 'error', build: { outDir } });
    world = stack.use(await startWorld(outDir));
    browser = stack.adopt(await launchChromium(required(chromium, 'Chromium')), (browser) => browser.close());
    ada = await signIn('ada@acme.test');
    rita = await signIn('rita@longwire.test');
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  async function signIn(email: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Warning:/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(world.url);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(world.user(email).password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    return page;
  }

  const go = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();

  test('whoever signs in for the first time creates an account; a wrong field is named at its place', async () => {
    expect(await ada.getByLabel('Contact name').inputValue()).toBe('Ada Acme');
    await ada.getByLabel('Company name').fill('Acme Trading Ltd');
    await ada.getByLabel('Country').fill('cn');
    await ada.getByLabel('Registration number').fill('91330100799655058C');
    await ada.getByLabel('Phone number').fill('123');
    await press(ada, 'Create account');
    await ada.getByText('must be a phone number in E.164 form').waitFor();
    await ada.getByText('must be a unified social credit code').waitFor();
    expect(await ada.getByLabel('Country').evaluate('document.activeElement.name')).toBe('registrationNumber');
    await ada.getByLabel('Registration number').fill('91330100799655058B');
    await ada.getByLabel('Phone number').fill('+86 138 0013 8000');
    await press(ada, 'Create account');
    await ada.getByRole('heading', { name: 'Acme Trading Ltd' }).waitFor();
    expect(await ada.getByRole('listitem').filter({ hasText: 'done' }).count()).toBe(1);
  });

  async function fillApplication(text: string): Promise<void> {
    await ada.getByLabel(purpose).fill(text);
    await ada.getByLabel('Peak bandwidth').fill('50');
    await ada.getByLabel('Peak connections').fill('2000');
    await press(ada, 'Apply');
  }

  test('what an application needs is shown before, and told again by its refusal', async () => {
    await go(ada, 'Apply');
    await expect.poll(() => ada.getByText('To do', { exact: true }).count()).toBe(4);
    await fillApplication('Order books');
    await ada.getByText('PREREQUISITES_MISSING').waitFor();
    expect(await ada.getByRole('alert').getByRole('listitem').allTextContents()).toEqual([
      expect.stringContaining('enterprise'),
      expect.stringContaining('ICP number'),
      expect.stringContaining('phone number'),
      expect.stringContaining('email address'),
    ]);
  });

  test('phone number and email address are verified where they are asked for; a wrong code is named at its field', async () => {
    for (const [kind, what] of [
      ['sms', 'phone number'],
      ['email', 'email address'],
    ] as const) {
      const ask = () => press(ada, `Send a code to the ${what}`);
      const { code } = await receiveCode(world.inboxUrl, kind, ask, AbortSignal.timeout(20_000));
      await ada.getByLabel(`Code sent to the ${what}`).fill(code === '000000' ? '000001' : '000000');
      await press(ada, `Confirm the ${what}`);
      await ada.getByText('is wrong; tries left: 4').waitFor();
      await ada.getByLabel(`Code sent to the ${what}`).fill(code);
      await press(ada, `Confirm the ${what}`);
      await ada.getByLabel(`Code sent to the ${what}`).waitFor({ state: 'detached' });
    }
    await expect.poll(() => ada.getByText('Met', { exact: true }).count()).toBe(2);
  });

  test('a domain is added; what is wrong is named at its fields', async () => {
    await go(ada, 'Domains');
    await ada.getByRole('button', { name: 'Add domain' }).dblclick();
    await ada.getByLabel('Domain name').fill('not a name');
    await ada.getByLabel('Host', { exact: true }).fill('127.0.0.1');
    await press(ada, 'Add');
    await ada.locator('input[name=domainName][aria-invalid=true]').waitFor();
    await ada.getByLabel('Domain name').fill(domain);
    await ada.getByLabel('HTTP port').fill(String(world.originPort));
    await ada.getByLabel('ICP number').fill('京ICP备12345678号-1');
    await ada.getByRole('checkbox').check();
    await press(ada, 'Add');
    await ada.getByRole('heading', { name: domain }).waitFor();
    await ada.getByText('京ICP备12345678号-1').waitFor();
  });

  test('a domain shows the record that proves it, what was found instead, and a reviewer’s word for it', async () => {
    await ada.getByText('Not proven').waitFor();
    const name = await ada.getByLabel('Name of the DNS record').inputValue();
    expect(name).toBe(`_longwire-challenge.${domain}`);
    expect(await ada.getByLabel('Value of the DNS record').inputValue()).toMatch(/^longwire-verification=[\da-f]{32}$/);
    await press(ada, 'Verify');
    await ada.getByRole('alert').getByText('found: no such record').waitFor();
    await ada.getByText('OWNERSHIP_UNPROVEN').waitFor();
    await go(ada, 'WebSocket');
    await ada.getByText('edges answer every handshake with 404').waitFor();
    await ada.goBack();
    await go(rita, 'Domains');
    await rita.getByText('Not proven').waitFor();
    await go(rita, domain);
    await press(rita, 'Confirm that it is the domain of acme');
    await rita.getByText('A reviewer has confirmed it.').waitFor();
    await ada.reload();
    await ada.getByText('Proven', { exact: true }).waitFor();
  });

  test('an origin has a weight, a Host of its own and what it must prove; what is wrong is named at its field', async () => {
    await press(ada, 'Edit origins');
    await ada.getByText('Weight, Host, TLS').click();
    await ada.getByLabel('Weight').fill('2000');
    await ada.getByLabel('Host header').fill('app.acme.example');
    await ada.getByLabel('Own certificate authorities').fill('no certificate');
    await press(ada, 'Save');
    await ada.locator('input[name=weight][aria-invalid=true]').waitFor();
    await ada.getByText('must be certificates in PEM').waitFor();
    await ada.getByLabel('Weight').fill('20');
    await ada.getByLabel('Own certificate authorities').fill('');
    await press(ada, 'Save');
    await ada.getByText('weight 20 · Host app.acme.example').waitFor();
  });

  test('a reviewer verifies the enterprise with evidence, and the list of the applicant follows', async () => {
    await go(rita, 'Accounts');
    await go(rita, 'Acme Trading Ltd');
    await press(rita, 'Verify enterprise…');
    await press(rita, 'Verify');
    await rita.getByText('must not be empty').waitFor();
    await rita.getByLabel('Evidence').fill('file 17');
    await press(rita, 'Verify');
    await rita.getByText('Verified', { exact: true }).waitFor();
    await rita.getByText('file 17').waitFor();
    await go(ada, 'Apply');
    await expect.poll(() => ada.getByText('Met', { exact: true }).count(), { timeout: 15_000 }).toBe(4);
  });

  test('a reviewer claims, notes and rejects with what to mend, which the applicant reads', async () => {
    await fillApplication('Order books');
    await ada.getByText('Waiting for a reviewer').waitFor();
    await go(rita, 'Queue');
    await press(rita, 'Claim Acme Trading Ltd');
    await rita.getByText('Claimed by you').waitFor();
    // The second click of a double click falls on the button that took the first one's place.
    await rita.getByRole('button', { name: /^Release/ }).hover();
    await rita.mouse.down({ clickCount: 2 });
    await rita.mouse.up({ clickCount: 2 });
    await rita.getByText(/ left$/).waitFor();
    await press(rita, 'Add note on Acme Trading Ltd');
    await rita.getByRole('textbox', { name: 'Note' }).fill('Asked them by telephone.');
    await press(rita, 'Add');
    await rita.getByRole('list', { name: 'Notes on Acme Trading Ltd' }).waitFor();
    await press(rita, 'Overdue');
    await rita.getByText('Nothing waits for a decision.').waitFor();
    await press(rita, 'Claimed by me');
    await press(rita, 'Reject Acme Trading Ltd');
    await rita.getByLabel('Reason').fill('The purpose is not clear.');
    await rita.getByLabel('What to mend').fill('Say how many clients you expect.\nSay how often they send.');
    await press(rita, 'Reject');
    await rita.getByText('Nothing waits for a decision.').waitFor();
    await press(rita, 'All');
    await ada.getByText('The purpose is not clear.').waitFor();
    expect(
      await ada
        .getByRole('listitem')
        .filter({ hasText: /^Say how/ })
        .count(),
    ).toBe(2);
  });

  test('a reviewer who was slower is told so, and sees the list as it is now', async () => {
    await fillApplication('Order books for 2,000 clients');
    await ada.getByText('Waiting for a reviewer').waitFor();
    const slow = await signIn('rita@longwire.test');
    await rita.getByRole('button', { name: /^Approve/ }).waitFor();
    await slow.getByRole('button', { name: /^Reject/ }).click();
    await slow.getByLabel('Reason').fill('Too slow.');
    await press(rita, 'Approve Acme Trading Ltd');
    expect(await rita.getByLabel('Bandwidth').inputValue()).toBe('50');
    await rita.getByLabel('Connections').fill('1000');
    await press(rita, 'Approve');
    await rita.getByText('Nothing waits for a decision.').waitFor();
    await slow.getByRole('button', { name: 'Reject', exact: true }).click();
    await slow.getByRole('alert').getByText('Somebody was faster').waitFor();
    await slow.getByRole('alert').getByText('ETAG_MISMATCH').waitFor();
    await press(slow, 'Cancel');
    await slow.getByText('Nothing waits for a decision.').waitFor();
    await slow.context().close();
    await ada.getByText('50 Mbit/s, 1,000 connections').waitFor();
  });

  test('the decision is among the messages, as text message and as email', async () => {
    await go(ada, 'Messages');
    const approved = ada.getByRole('listitem').filter({ hasText: 'approved' });
    await approved.filter({ hasText: 'Text message' }).getByText('Sent').waitFor();
    await approved.filter({ hasText: 'Email' }).getByText('Sent').waitFor();
  });

  test('a reviewer suspends WebSocket with a reason that the account reads, and gives it back', async () => {
    await rita.goto(`${world.url}/accounts/acme`);
    await press(rita, 'Suspend WebSocket…');
    await rita.getByLabel('Reason').fill('The bill of October is unpaid.');
    await press(rita, 'Suspend');
    await rita.getByText('Suspended', { exact: true }).waitFor();
    await ada.goto(world.url);
    await ada.getByText('The bill of October is unpaid.').waitFor();
    await press(rita, 'Reinstate WebSocket…');
    await press(rita, 'Reinstate');
    await rita.getByText('Activated', { exact: true }).waitFor();
    await rita.getByText('History').last().click();
    await rita.getByText('Asked them by telephone.').waitFor();
  });

  test('WebSocket is refused while HTTP/2 is on, and live on every edge soon after it is off', async () => {
    await ada.goto(`${world.url}/domains/${domain}/websocket`);
    await ada.getByRole('switch', { name: 'WebSocket' }).click();
    await ada.getByText('WEBSOCKET_NOT_AVAILABLE').waitFor();
    await ada.goto(`${world.url}/domains/${domain}`);
    await ada.getByRole('switch', { name: 'HTTP/2', checked: true }).click();
    await ada.getByRole('switch', { name: 'HTTP/2', checked: false }).waitFor();
    await ada.goto(`${world.url}/domains/${domain}/websocket`);
    await ada.getByRole('switch', { name: 'WebSocket' }).click();
    await ada.getByRole('switch', { name: 'WebSocket', checked: true }).waitFor();
    await ada.getByText(/^Live on 1 of 1 edge in \d\.\d s\.$/).waitFor();
  });

  test('heartbeat time and protocol are modified; a time out of bounds is named at its field', async () => {
    await press(ada, 'Modify');
    for (const wrong of ['0', '1e30', '9'.repeat(40)]) {
      await ada.getByLabel('Heartbeat Time').fill(wrong);
      await press(ada, 'Save');
      await ada.locator('input[name=heartbeat][aria-invalid=true]').waitFor();
      await press(ada, 'Cancel');
      await press(ada, 'Modify');
    }
    await ada.getByLabel('Heartbeat Time').fill('45');
    await ada.getByRole('combobox').click();
    await ada.getByRole('option', { name: 'HTTP (ws)' }).click();
    await press(ada, 'Save');
    await ada.getByText('45 s').first().waitFor();
    await ada.getByText('HTTP (ws)').waitFor();
  });

  test('declared heartbeats that break the rule are shown with the number to change', async () => {
    await press(ada, 'Declare');
    await ada.getByLabel('Clients send one every').fill('60');
    await ada.getByLabel('The origin closes after').fill('soon');
    await press(ada, 'Save');
    await ada.locator('input[name=originHeartbeat][aria-invalid=true]').waitFor();
    await ada.getByLabel('The origin closes after').fill('90');
    await press(ada, 'Save');
    await ada.getByText('raise the heartbeat time to 60 s at least').waitFor();
    await ada.getByText('must be at most, and is not').waitFor({ state: 'attached' });
    await press(ada, 'Modify');
    await ada.getByLabel('Heartbeat Time').fill('75');
    await press(ada, 'Save');
    await ada.getByText('75 s').first().waitFor();
    await expect.poll(() => ada.getByText('raise the heartbeat time').count()).toBe(0);
  });

  test('the edge policy is edited; what is wrong is named at its field', async () => {
    await press(ada, 'Edit policy');
    await ada.getByLabel('Connections at once').fill('many');
    await ada.getByLabel('Ping every').fill('99999999999999');
    await ada.getByLabel('Largest frame from clients, bytes').fill('65536');
    await ada.getByLabel('Web origins').fill('https://app.acme.example\nnot an origin');
    await press(ada, 'Save');
    await ada.locator('input[name=maxConnections][aria-invalid=true]').waitFor();
    await ada.locator('input[name=pingInterval][aria-invalid=true]').waitFor();
    await ada.getByText('must be a web origin').waitFor();
    await ada.getByLabel('Connections at once').fill('5000');
    await ada.getByLabel('Ping every').fill('0');
    await ada.getByLabel('Web origins').fill('');
    await press(ada, 'Save');
    await ada.getByText('5,000').waitFor();
    await ada.getByText('65,536 bytes').waitFor();
  });

  test('what cannot be sent is said at once, and is not sent by itself when the network is back', async () => {
    await press(ada, 'Modify');
    await ada.getByLabel('Heartbeat Time').fill('77');
    await ada.context().setOffline(true);
    await press(ada, 'Save');
    await ada.getByRole('dialog').getByText('The console does not answer').waitFor();
    await ada.context().setOffline(false);
    await press(ada, 'Cancel');
    await ada.reload();
    await ada.getByText('75 s').first().waitFor();
  });

  test('what a client sends and gets is in the charts seconds later', async () => {
    const client = new WebSocket(`${world.edgeUrl}/echo`, { headers: { host: domain }, perMessageDeflate: false });
    stack.defer(() => client.terminate());
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
    client.send(Buffer.alloc(200_000));
    await go(ada, 'Monitoring');
    await ada.getByText('101 connected').first().waitFor({ timeout: 20_000 });
    await ada
      .getByText(/^20[01] kB$/)
      .first()
      .waitFor({ timeout: 20_000 });
    await ada.getByText('Show as a table').first().click();
    await ada.getByRole('cell', { name: '1.6 Mbit/s' }).first().waitFor();
  });

  test('disabling asks first, and then closes the live connection', async () => {
    const client = new WebSocket(`${world.edgeUrl}/echo`, { headers: { host: domain } });
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
    const closed = new Promise((resolve) => client.once('close', resolve));
    await go(ada, 'WebSocket');
    await ada.getByRole('switch', { name: 'WebSocket' }).click();
    await ada.getByText('Live connections are closed at once').waitFor();
    // As when the second click of a double click falls on what the first one brought up.
    await ada.getByRole('button', { name: 'Disable and close connections' }).hover();
    await ada.mouse.down({ clickCount: 2 });
    await ada.mouse.up({ clickCount: 2 });
    await ada.getByText('Live connections are closed at once').waitFor();
    expect(client.readyState).toBe(WebSocket.OPEN);
    await press(ada, 'Disable and close connections');
    await ada.getByRole('switch', { name: 'WebSocket', checked: false }).waitFor();
    await closed;
  });

  test('the history says who did what', async () => {
    await go(ada, 'History');
    const row = ada.getByRole('row').filter({ hasText: 'WebSocket disabled' });
    expect(await row.textContent()).toContain('you');
    await ada.getByText('Heartbeat time: 60 s → 45 s').waitFor();
    await ada.getByText('bytes from client: none → 65,536 bytes').waitFor();
    await ada.getByText('limits bandwidth: none → 50 Mbit/s').first().waitFor();
    await ada.setViewportSize({ width: 375, height: 800 });
    const frame = ada.locator('.history');
    expect(await frame.evaluate('document.querySelector(".history").scrollWidth')).toBe(
      (await frame.boundingBox())!.width - 2,
    );
    await ada.setViewportSize({ width: 1280, height: 800 });
  });

  test('an earlier version is compared with the present one, and restored', async () => {
    const row = ada.getByRole('row').filter({ hasText: 'Edge policy set' });
    await row.getByRole('button', { name: /^Compare version/ }).click();
    await ada.getByRole('dialog').getByText('WebSocket enabled: off → on').waitFor();
    await press(ada, 'Restore this version');
    await ada.getByRole('row').filter({ hasText: 'Version restored' }).waitFor();
    await go(ada, 'WebSocket');
    await ada.getByRole('switch', { name: 'WebSocket', checked: true }).waitFor();
  });

  test('a webhook is added, its secret shown once, and what it was told is listed and can be sent again', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answer = () => 410;
    await go(ada, 'Webhooks');
    await press(ada, 'Add webhook');
    await ada.getByLabel('URL').fill('http://hooks.acme.example/');
    await press(ada, 'Add');
    await ada.getByText('must be an https URL').waitFor();
    await ada.getByLabel('URL').fill(receiver.url);
    await ada.getByLabel('WebSocket enabled on a domain').check();
    await ada.getByRole('button', { name: 'Add', exact: true }).dblclick();
    const secret = await ada.getByRole('textbox', { name: 'Secret' }).inputValue();
    await press(ada, 'I have kept it');
    expect(await ada.getByText(secret).count()).toBe(0);
    await ada.reload();
    await ada.getByRole('link', { name: receiver.url }).first().waitFor();
    expect(await ada.getByRole('link', { name: receiver.url }).count()).toBe(1);
    await go(ada, receiver.url);
    await press(ada, 'Send a test');
    await ada.getByText('Last error: webhook answered 410').waitFor();
    await ada.getByText('It is switched off and told nothing').waitFor();
    expect(receiver.calls.map((call) => signedUnder(call, [secret]))).toEqual([1]);

    receiver.answer = () => 200;
    await press(ada, 'Switch on again');
    await ada.getByText('It is switched off and told nothing').waitFor({ state: 'detached' });
    await press(ada, 'Send again');
    await ada.getByRole('listitem').filter({ hasText: 'Webhook test' }).getByText('Sent').waitFor();
    webhookPath = new URL(ada.url()).pathname;
    await go(ada, 'Messages');
    await ada.getByRole('listitem').filter({ hasText: 'Webhook of' }).first().waitFor();
    await press(ada, 'Failed');
    await ada.getByText('There is no such message.').waitFor();
  });

  const pages = {
    customer: [
      '/',
      '/apply',
      '/domains',
      '/messages',
      '/webhooks',
      '/webhooks/%25',
      '/domains/%25',
      '/domains/100%',
      '/nowhere',
    ],
    domain: ['', '/websocket', '/monitoring', '/history'].map((tab) => `/domains/${domain}${tab}`),
    reviewer: ['/queue', '/accounts', '/accounts/acme', '/domains', '/messages'],
  };

  test.each([
    { scheme: 'light', width: 1280 },
    { scheme: 'dark', width: 375 },
  ] as const)('every page can be used by everybody: $scheme, $width pixels', async ({ scheme, width }) => {
    for (const [page, paths] of [
      [ada, [...pages.customer, ...pages.domain, webhookPath]],
      [rita, pages.reviewer],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      for (const path of paths) {
        await page.goto(world.url + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await expect.poll(() => page.locator('.loading').count(), { timeout: 10_000 }).toBe(0);
        expect.soft({ path, violations: await seriousViolations(page) }).toEqual({ path, violations: [] });
        expect.soft({ path, overflow: await overflow(page) }).toEqual({ path, overflow: 0 });
      }
    }
  });

  test('a page of another role is not there', async () => {
    for (const [page, paths] of [
      [ada, ['/queue', '/accounts', '/accounts/acme']],
      [rita, ['/apply', '/webhooks', webhookPath]],
    ] as const)
      for (const path of paths) {
        await page.goto(world.url + path);
        await page.getByText('There is no page at this address.').waitFor();
      }
  });

  test('whose session has ended is told so, and is at the same page after signing in anew', async () => {
    const page = await signIn('rita@longwire.test');
    await go(page, 'Messages');
    await page.context().clearCookies({ domain: new URL(world.url).hostname, name: 'longwire' });
    await press(page, 'Failed');
    await page.getByText('Your session has ended').waitFor();
    await go(page, 'Sign in');
    await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor();
    await page.context().close();
  });

  test('the language of messages is changed, and the contact erased after a question', async () => {
    await ada.goto(world.url);
    await press(ada, 'Change language');
    await ada.getByRole('combobox').click();
    await ada.getByRole('option', { name: '简体中文' }).click();
    await press(ada, 'Save');
    await ada.getByRole('definition').filter({ hasText: '简体中文' }).waitFor();
    await press(ada, 'Erase contact…');
    expect(await seriousViolations(ada)).toEqual([]);
    await press(ada, 'Erase');
    await expect.poll(() => ada.getByText('None given').count()).toBe(2);
  });

  test('signing out leads to the provider, and the pages are closed', async () => {
    await press(ada, 'Sign out');
    await press(ada, 'Sign out');
    await ada.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await seriousViolations(ada)).toEqual([]);
    await ada.goto(`${world.url}/domains`);
    await ada.getByRole('link', { name: 'Sign in' }).waitFor();
  });

  test('no page has thrown, or met its content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
