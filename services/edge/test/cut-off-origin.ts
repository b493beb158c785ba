/**
 * Run with a network of its own (`unshare -Urn`): an edge, a client beside it, and an origin on the other end of a cable that
 * is pulled while the client keeps talking. Says how the tunnel ended.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { originAt, startEdge } from './harness.ts';

const ip = (...words: string[]) => execFileSync('ip', words);
const origin = spawn('unshare', [
  '-n',
  process.execPath,
  fileURLToPath(new URL('echo-process.ts', import.meta.url)),
  '0.0.0.0',
]);
const [said] = await once(origin.stdout, 'data');
const port = Number(said);
const atOrigin = (...words: string[]) => execFileSync('nsenter', ['-t', `${origin.pid}`, '-n', 'ip', ...words]);

ip('link', 'set', 'lo', 'up');
ip('link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'far', 'netns', `${origin.pid}`);
ip('address', 'add', '10.9.0.1/24', 'dev', 'cable');
ip('link', 'set', 'cable', 'up');
atOrigin('address', 'add', '10.9.0.2/24', 'dev', 'far');
atOrigin('link', 'set', 'far', 'up');

const edge = await startEdge({ allow: '10.9.0.0/24' });
const domain = edge.configure({
  origins: [originAt('10.9.0.2', port)],
  heartbeatSeconds: 2,
  pingIntervalSeconds: 1,
});
const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`, { headers: { host: 'a.test' } });
await once(client, 'open');
const [tunnel] = domain.tunnels;
while (tunnel?.originPings?.last === undefined) await sleep(20);

atOrigin('link', 'set', 'far', 'down');
const cut = edge.seconds;
const talking = setInterval(() => client.send('still here'), 200);
await once(client, 'close');
clearInterval(talking);
process.stdout.write(JSON.stringify({ ending: tunnel.ending, seconds: edge.seconds - cut }));
origin.kill('SIGKILL');
await edge[Symbol.asyncDispose]();
