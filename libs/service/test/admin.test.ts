import { expect, test } from 'vitest';
import { serveAdmin } from '../src/admin.ts';

test('the admin interface tells what is missing until the service is ready', async () => {
  let missing = ['nats is not connected', 'the log is not folded'];
  await using admin = await serveAdmin({ host: '127.0.0.1', port: 0 }, () => missing);
  const get = async (path: string) => {
    const response = await fetch(`http://${admin.address}${path}`);
    return { status: response.status, text: await response.text() };
  };
  expect(await get('/livez')).toEqual({ status: 200, text: 'ok\n' });
  expect(await get('/readyz')).toEqual({ status: 503, text: 'nats is not connected\nthe log is not folded\n' });
  missing = [];
  expect(await get('/readyz')).toEqual({ status: 200, text: 'ok\n' });
  expect((await get('/metrics')).text).toContain('process_cpu_seconds_total');
  expect((await get('/other')).status).toBe(404);
});

test('the admin interface listens on IPv6 too', async () => {
  await using admin = await serveAdmin({ host: '::1', port: 0 }, () => []);
  expect((await fetch(`http://${admin.address}/livez`)).status).toBe(200);
});
