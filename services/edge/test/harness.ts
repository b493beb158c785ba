import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BackToOrigin, DomainConfig, OriginAddress } from '@longwire/contracts/edge/v1/domain_config';
import { parseAddressRanges } from '@longwire/origins';
import { createLogger } from '@longwire/service';
import { Registry } from 'prom-client';
import { Edge, type EdgeOptions } from '../src/edge.ts';
import { Front, type FrontOptions } from '../src/front.ts';
import { HandleWires } from '../src/handle-wire.ts';
import { Limits } from '../src/limits.ts';
import { leadsTo, listen } from '../src/listener.ts';
import { createMetrics } from '../src/metrics.ts';
import { findNativeTcp } from '../src/native-tcp.ts';
import { Overload } from '../src/overload.ts';
import { OriginNames, type Resolve } from '../src/origin-names.ts';
import { OriginTrust } from '../src/origin-trust.ts';
import type { Domain } from '../src/routes.ts';
import { TlsGate } from '../src/tls-gate.ts';

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
export const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`;

export function handshake(host: string, ...fields: string[]): string {
  const lines = ['GET /chat HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket'];
  return [...lines, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`, ...fields, '', ''].join('\r\n');
}

export type TestEdge = AsyncDisposable & {
  readonly edge: Edge;
  readonly front: Front;
  readonly port: number;
  /** Seconds that this edge has lived through: its time limits are in these, and a machine that stands still is not held against it. */
  readonly seconds: number;
  /** A client's connection, which has sent these bytes. */
  dial(bytes?: string): Promise<Peer>;
  /** Applies a config; without changes a.test with a heartbeat time of a minute. */
  configure(changes: Partial<DomainConfig>): Domain;
};

export type TestEdgeOptions = Partial<EdgeOptions & FrontOptions> & {
  /** As ORIGIN_ALLOW. */
  allow?: string;
  /** How long an address of an origin may take to accept. */
  dialTimeoutMs?: number;
  /** Answers for the resolver. */
  resolve?: Resolve;
  /** As the certificates of EDGE_ORIGIN_CA_FILE. */
  authorities?: readonly string[];
  /** Undefined for an edge that has nothing below sockets. */
  wires?: HandleWires | undefined;
  /** Whether clients come by TLS; they do not look at the certificate. */
  byTls?: boolean;
};

/** What the edge stands on where Node has it, as the one that tests run on does. */
export function belowSockets(): HandleWires {
  const native = findNativeTcp();
  if (!native) throw new Error('this Node has nothing below sockets');
  return new HandleWires(native);
}

/** The data plane of an edge on a port of its own, told what to serve by the test instead of a control plane. */
export async function startEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  const where = { host: '127.0.0.1', port: 0 };
  const log = createLogger('edge', 'silent');
  const wires = 'wires' in options ? options.wires : belowSockets();
  let seconds = 0;
  const edge = new Edge({
    idPrefix: 'test',
    headTimeoutMs: 5_000,
    limits: new Limits({ connections: 0, handshakesPerSecond: 0 }, parseAddressRanges('')),
    metrics: createMetrics(new Registry()),
    log,
    onSecond: () => void seconds++,
    dialPolicy: {
      allow: parseAddressRanges(options.allow ?? '127.0.0.0/8'),
      isSelf: (address, port) => leadsTo(where, address, port),
      names: new OriginNames(options.resolve),
      trust: new OriginTrust(options.authorities ?? []),
      timeoutMs: options.dialTimeoutMs ?? 500,
      wires,
    },
    ...options,
  });
  const front = new Front(edge, {
    proxyFrom: parseAddressRanges(''),
    headTimeoutMs: 5_000,
    overload: new Overload({ connections: 100_000, memory: Number.POSITIVE_INFINITY, lagMs: 60_000 }),
    tls: new TlsGate(5_000),
    wires,
    onTurnedAway() {},
    ...options,
  });
  const byTls = options.byTls ?? false;
  const listener = await listen(
    { ...where, reusePort: false },
    (accepted) => front.accept(accepted, byTls),
    log,
    wires,
  );
  where.port = listener.port;
  let version = 0n;
  const clients: Peer[] = [];
  return {
    edge,
    front,
    port: listener.port,
    get seconds() {
      return seconds;
    },
    async dial(bytes = '') {
      const to = { port: where.port, host: '127.0.0.1', allowHalfOpen: true };
      const socket = byTls ? connectTls({ ...to, rejectUnauthorized: false, servername: 'a.test' }) : connect(to);
      const client = new Peer(socket);
      clients.push(client);
      await once(socket, byTls ? 'secureConnect' : 'connect');
      socket.write(bytes, 'latin1');
      return client;
    },
    configure(changes) {
      const config = DomainConfig.create({
        domainName: 'a.test',
        accountId: 'acme',
        version: ++version,
        websocketEnabled: true,
        heartbeatSeconds: 60,
        backToOrigin: BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
      });
      edge.apply({ ...config, ...changes });
      const domain = [...edge.routes.domains].find(({ name }) => name === (changes.domainName ?? 'a.test'));
      if (!domain) throw new Error('not applied');
      return domain;
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      for (const { socket } of clients) socket.destroy();
      await edge.drain({ spreadMs: 0, deadlineMs: 5_000 });
    },
  };
}

/** One end of a TCP connection that remembers all it received, and lets a test wait for what it expects. */
export class Peer {
  readonly socket: Socket;
  hasEnded = false;
  readonly closed: Promise<void>;
  #chunks: Buffer[] = [];
  #length = 0;
  #changed = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay();
    const changed = () => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    };
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      changed();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      changed();
    });
    socket.on('error', () => {}).on('close', changed);
  }

  get received(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Waits until so many bytes came; all that came. */
  async bytes(length: number): Promise<Buffer> {
    while (this.#length < length) await this.#change();
    return this.received;
  }

  /** Waits until what it received satisfies the condition. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.text)) await this.#change();
    return this.text;
  }

  /** Waits for a whole head, forgets it, and returns it; what came after it stays received. */
  async head(): Promise<string> {
    const text = await this.until((all) => all.includes('\r\n\r\n'));
    const end = text.indexOf('\r\n\r\n') + 4;
    this.#chunks = [this.received.subarray(end)];
    this.#length -= end;
    return text.slice(0, end);
  }

  /** Waits for the peer's FIN or reset; all that came. */
  async ended(): Promise<string> {
    while (!this.hasEnded && !this.socket.destroyed) await this.#changed.promise;
    return this.text;
  }

  /** Rejects when the connection has ended and nothing will change any more. */
  async #change(): Promise<void> {
    if (this.hasEnded || this.socket.destroyed) throw new Error(`ended after ${JSON.stringify(this.text.slice(-500))}`);
    await this.#changed.promise;
  }
}

export type TestOrigin = AsyncDisposable & {
  readonly port: number;
  /** As a config names it. */
  readonly address: OriginAddress;
  /** Connections so far. */
  readonly connections: Peer[];
  /** The next connection, also one that came already and was not asked for yet. */
  next(): Promise<Peer>;
};

/** An origin with one port for both schemes. */
export function originAt(host: string, port: number): OriginAddress {
  return OriginAddress.create({ host, httpPort: port, httpsPort: port });
}

/** An origin that does what the test does with its connections. */
export async function startOrigin(
  onConnection: (peer: Peer) => void = () => {},
  { host = '127.0.0.1', port = 0 } = {},
): Promise<TestOrigin> {
  const connections: Peer[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  let asked = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = new Peer(socket);
    connections.push(peer);
    onConnection(peer);
    waiting.shift()?.(peer);
  });
  await once(server.listen(port, host), 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    address: originAt(host, bound),
    connections,
    next() {
      const known = connections[asked++];
      return known ? Promise.resolve(known) : new Promise((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy();
      server.close();
    },
  };
}

/** A tunnel through the edge, with both heads read: what either end receives from here on was relayed. */
export async function openTunnel(
  edge: TestEdge,
  origin: TestOrigin,
  host = 'a.test',
): Promise<{ client: Peer; server: Peer }> {
  const client = await edge.dial(handshake(host));
  const server = await origin.next();
  await server.head();
  server.socket.write(SWITCHED);
  await client.head();
  return { client, server };
}
