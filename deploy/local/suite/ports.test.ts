import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { checkPortsAreFree, freePortBase, portsFrom } from './ports.js';

test('the base moves every port, and no two are the same', () => {
  const ports = Object.values(portsFrom(4600));
  expect(new Set(ports).size).toBe(ports.length);
  expect(Object.values(portsFrom(5600))).toEqual(ports.map((port) => port + 1000));
  expect(portsFrom(4600)).toMatchObject({ console: 4600, edge: 4601, inbox: 4602, consoleAdmin: 4626 });
});

test('free ports are no obstacle', async () => {
  await expect(checkPortsAreFree(portsFrom(await freePortBase()))).resolves.toBeUndefined();
});

test('a taken port is named with its part and the way out', async () => {
  const ports = portsFrom(await freePortBase());
  const other = createServer().listen(ports.inboxSmtp, '127.0.0.1');
  await once(other, 'listening');
  try {
    await expect(checkPortsAreFree(ports)).rejects.toThrow(
      `Port ${ports.inboxSmtp} (inbox smtp) is taken by another program`,
    );
    await expect(checkPortsAreFree(ports)).rejects.toThrow('--port-base');
  } finally {
    other.close();
  }
});
