/**
 * Run with a network of its own (`unshare -Urn`): edges on one port, each replaced by a new one while clients connect without
 * pause, where Linux moves clients that wait for a listener that closes to another one of the port. Says how often each answer came.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort } from '@longwire/testing';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake } from './harness.ts';
import { knownState } from './known-config.ts';

const RESTARTS = 3;

execFileSync('ip', ['link', 'set', 'lo', 'up']);
writeFileSync('/proc/sys/net/ipv4/tcp_migrate_req', '1');

await using parts = new AsyncDisposableStack();
const origin = parts.use(await startEchoOrigin());
const port = await freePort();

async function startEdge(): Promise<EdgeProcess> {
  const { path } = parts.use(await knownState(origin));
  const times = { EDGE_DRAIN_ACCEPT_MS: '200', EDGE_DRAIN_SPREAD_MS: '100' };
  const where = { EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_STATE_DIR: path, EDGE_WORKERS: '2' };
  return parts.use(await startEdgeProcess({ ...where, ...times }));
}

/** Opens a tunnel and ends it; the status line, or how it failed. */
function visit(): Promise<string> {
  return new Promise((resolve) => {
    const client = connect(port, '127.0.0.1');
    client.on('error', (error) => resolve(String(error))).on('close', () => resolve('closed without an answer'));
    client.once('data', (answer) => {
      resolve(answer.toString('latin1', 0, answer.indexOf('\r')));
      client.end();
    });
    client.write(handshake('a.test'));
  });
}

const answers = new Map<string, number>();
const over = new AbortController();
async function keepVisiting(): Promise<void> {
  while (!over.signal.aborted) {
    const answer = await visit();
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
}

let edge = await startEdge();
const load = Array.from({ length: 12 }, keepVisiting);
for (let restart = 0; restart < RESTARTS; restart++) {
  const next = await startEdge();
  edge.child.kill('SIGTERM');
  await once(edge.child, 'exit');
  edge = next;
}
over.abort();
await Promise.all(load);
process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
