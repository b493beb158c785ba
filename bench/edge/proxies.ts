import { execFile } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@longwire/testing';
import { SMALL_NURSERY } from '../../services/edge/src/worker-process.ts';
import { launch, type Program } from './processes.ts';

export type ProxyName = 'edge' | 'nginx' | 'haproxy';

/** A proxy that forwards WebSocket for bench.test to the origin. */
export interface Proxy extends AsyncDisposable {
  readonly name: ProxyName;
  readonly pid: number;
  readonly port: number;
  readonly tlsPort: number;
}

/** What every proxy is given. */
export interface Surroundings {
  /** An empty folder for whatever it writes. */
  readonly folder: string;
  readonly originPort: number;
  readonly natsUrl: string;
  /** Connections that it is to hold. */
  readonly connections: number;
  /** PEM files of the certificate of bench.test. */
  readonly certificate: { readonly cert: string; readonly key: string; readonly both: string; readonly folder: string };
}

interface Recipe {
  /** Says its version on either output. */
  readonly version: readonly string[];
  /** The ports are free; resolves with the command that listens on them. */
  readonly prepare: (around: Surroundings, port: number, tlsPort: number) => Promise<Command>;
}

interface Command {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const edgeMain = join(import.meta.dirname, '../../services/edge/src/main.ts');

const recipes: Record<ProxyName, Recipe> = {
  edge: {
    version: [process.execPath, '--version'],
    async prepare({ folder, natsUrl, certificate }, port, tlsPort) {
      const env = {
        ...process.env,
        NATS_URL: natsUrl,
        LOG_LEVEL: 'info',
        ADMIN_LISTEN: '127.0.0.1:0',
        EDGE_LISTEN: `127.0.0.1:${port}`,
        EDGE_TLS_LISTEN: `127.0.0.1:${tlsPort}`,
        EDGE_TLS_DIR: certificate.folder,
        EDGE_ID: 'bench',
        EDGE_WORKERS: '1', // one core is all that any of them has
        NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} ${SMALL_NURSERY}`, // as a worker has it
        EDGE_STATE_DIR: join(folder, 'state'),
        ORIGIN_ALLOW: '127.0.0.0/8',
      };
      return { command: [process.execPath, edgeMain], env };
    },
  },
  nginx: {
    version: ['nginx', '-v'],
    async prepare({ folder, originPort, connections, certificate }, port, tlsPort) {
      const file = join(folder, 'nginx.conf');
      await writeFile(
        file,
        `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
        events { worker_connections ${connections * 2 + 500}; }
        http {
          access_log off;
          server {
            listen 127.0.0.1:${port} backlog=4096;
            listen 127.0.0.1:${tlsPort} ssl backlog=4096;
            ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};
            location / {
              proxy_pass http://127.0.0.1:${originPort}; proxy_http_version 1.1; proxy_read_timeout 1h;
              proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
            }
          }
        }`,
      );
      return { command: ['nginx', '-p', folder, '-c', file] };
    },
  },
  haproxy: {
    version: ['haproxy', '-v'],
    async prepare({ folder, originPort, connections, certificate }, port, tlsPort) {
      const file = join(folder, 'haproxy.cfg');
      await writeFile(
        file,
        `global
  nbthread 1
  maxconn ${connections + 500}
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend front
  bind 127.0.0.1:${port} backlog 4096
  bind 127.0.0.1:${tlsPort} backlog 4096 ssl crt ${certificate.both}
  option forwardfor
  default_backend back
backend back
  server origin 127.0.0.1:${originPort}
`,
      );
      return { command: ['haproxy', '-f', file, '-db'] };
    },
  },
};

/** The version that a proxy's program tells, or undefined when it is not installed. For the edge it is Node's. */
export async function versionOf(name: ProxyName): Promise<string | undefined> {
  const [command = '', ...args] = recipes[name].version;
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args);
    return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0];
  } catch {
    return undefined;
  }
}

/** Starts a proxy on a core of its own; resolves when it passes a handshake. */
export async function startProxy(name: ProxyName, surroundings: Surroundings): Promise<Proxy> {
  const folder = join(surroundings.folder, name);
  await mkdir(folder, { recursive: true });
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { command, env } = await recipes[name].prepare({ ...surroundings, folder }, port, tlsPort);
  await using log = await open(join(folder, 'output.log'), 'a');
  const program = launch('proxy', command, { output: log.fd, ...(env ? { env } : {}) });
  await passesHandshakes(port, program, folder);
  const { pid } = program.child;
  if (pid === undefined) throw new Error(`${name} did not start`);
  return { name, pid, port, tlsPort, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

async function passesHandshakes(port: number, { child }: Program, folder: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null) break;
    if (await switches(port)) return;
  }
  const log = await readFile(join(folder, 'output.log'), 'utf8');
  throw new Error(`${folder} passes no handshake, and says:\n${log.slice(-2000)}`);
}

async function switches(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(
    'GET / HTTP/1.1\r\nHost: bench.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const answer = await once(socket, 'data').catch(() => []);
  socket.destroy();
  return String(answer[0]).startsWith('HTTP/1.1 101 ');
}
