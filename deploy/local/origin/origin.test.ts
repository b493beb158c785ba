import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@longwire/service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientOptions } from 'ws';
import { createChat } from './rooms.ts';
import { start } from './service.ts';

let origin: Awaited<ReturnType<typeof start>>;

beforeEach(async () => {
  origin = await start(
    { ORIGIN_LISTEN: { host: '127.0.0.1', port: 0 }, LOG_LEVEL: 'fatal' },
    createLogger('origin', 'fatal'),
  );
});
afterEach(() => origin[Symbol.asyncDispose]());

async function connect(path: string, protocols: string[] = [], options: ClientOptions = {}): Promise<WebSocket> {
  const client = new WebSocket(`ws://${origin.address}${path}`, protocols, options);
  await once(client, 'open');
  return client;
}
const nextMessage = async (client: WebSocket): Promise<[Buffer, boolean]> => {
  const [data, binary] = await once(client, 'message');
  return [data, binary];
};

test.each([true, false])(
  'echoes text as text and bytes as bytes, with compression on offer: %s',
  async (perMessageDeflate) => {
    const client = await connect('/echo?x=1', [], { perMessageDeflate });
    expect(client.extensions.includes('permessage-deflate')).toBe(perMessageDeflate);
    client.send('grüezi '.repeat(100));
    expect(await nextMessage(client)).toEqual([Buffer.from('grüezi '.repeat(100)), false]);
    client.send(Buffer.from([0, 255]));
    expect(await nextMessage(client)).toEqual([Buffer.from([0, 255]), true]);
    client.close(4000, 'enough');
    expect((await once(client, 'close'))[0]).toBe(4000);
  },
);

test('selects the protocol echo, and no other', async () => {
  expect((await connect('/echo', ['mqtt', 'echo'])).protocol).toBe('echo');
  await expect(connect('/echo', ['mqtt'])).rejects.toThrow('Server sent no subprotocol');
});

test('closes with 1009 a message that is too large', async () => {
  const client = await connect('/echo', [], { perMessageDeflate: false });
  client.send(Buffer.alloc(1024 * 1024 + 1));
  expect((await once(client, 'close'))[0]).toBe(1009);
});

test('loses nothing of a megabytes-long echo to a client that reads slowly', async () => {
  const client = await connect('/echo', [], { perMessageDeflate: false });
  const count = 40;
  client.pause();
  for (let n = 0; n < count; n++) client.send(Buffer.alloc(500_000, n));
  const seen: number[] = [];
  client.on('message', (data: Buffer) => seen.push(data[0] ?? -1));
  client.resume();
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(count);
  expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
});

test('lets everyone in the room hear everyone', async () => {
  const [ada, bob] = [await connect('/'), await connect('/chat')];
  const heard = Promise.all([nextMessage(ada), nextMessage(bob)]);
  ada.send('hello');
  expect((await heard).map(([data]) => data.toString())).toEqual(['hello', 'hello']);
});

test('says in the room by itself how many there are', async () => {
  using chat = createChat(20);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }).on('connection', chat.join);
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [said] = await nextMessage(client);
  expect(JSON.parse(said.toString())).toMatchObject({ from: 'origin', clients: 1 });
  client.terminate();
  server.close();
});

test('refuses other paths, and targets that are none', async () => {
  await expect(connect('/elsewhere')).rejects.toThrow('404');
  await expect(connect('//')).rejects.toThrow('404');
});

test('says over plain HTTP what it is, and that it is ready', async () => {
  expect(await (await fetch(`http://${origin.address}/`)).text()).toMatch(/^Longwire demo origin: [^\n]*\n$/);
  expect((await fetch(`http://${origin.address}/readyz`)).status).toBe(200);
});

test('says goodbye with 1001 when it stops', async () => {
  const client = await connect('/chat');
  const closed = once(client, 'close');
  await origin[Symbol.asyncDispose]();
  expect((await closed)[0]).toBe(1001);
});
