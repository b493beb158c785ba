import { once } from 'node:events';
import { connect } from 'node:net';
import { createLogger } from '@longwire/service';
import { expect, test } from 'vitest';
import type { Accepted } from '../src/accepted.ts';
import { listen } from '../src/listener.ts';
import { belowSockets } from './harness.ts';

test('a listener that stops serves those who wait in its queue, and refuses those who come later', async () => {
  const log = createLogger('test', 'silent');
  const where = { host: '127.0.0.1', port: 0, reusePort: true };
  const serve = (accepted: Accepted) => {
    const wire = accepted.toWire();
    wire.send(Buffer.from('served'));
    wire.end();
  };
  const listener = await listen(where, serve, log, belowSockets());
  const { port } = listener;
  // The system connects them while this process does nothing else: none of them is accepted before it is told to stop.
  const waiting = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'));
  const stopped = listener[Symbol.asyncDispose]();
  const answers = waiting.map(async (client) => String((await once(client, 'data'))[0]));
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['served']));
  await stopped;
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});
