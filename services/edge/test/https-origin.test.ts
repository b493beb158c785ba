import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createPlain, type AddressInfo, type Server } from 'node:net';
import { createServer, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { BackToOrigin, TlsVerification, type OriginAddress } from '@longwire/contracts/edge/v1/domain_config';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { selfSigned, type Certificate } from './certificate.ts';
import { handshake, originAt, Peer, startEdge, SWITCHED, type TestEdge } from './harness.ts';

const good = selfSigned('localhost');
const expired = selfSigned('localhost', { hasExpired: true });
const ofAddress = selfSigned('127.0.0.1');
const untrusted = selfSigned('localhost');
const ofOperator = selfSigned('private.test');

beforeAll(() => setDefaultCACertificates([good.cert, expired.cert, ofAddress.cert]));
afterAll(() => setDefaultCACertificates([]));

let parts: AsyncDisposableStack;
let edge: TestEdge;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
});
afterEach(() => parts.disposeAsync());

async function serve(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  parts.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An origin that speaks TLS; its connections come from `next`. */
async function startTls(certificate: Certificate) {
  const server = createServer({ ...certificate, ALPNProtocols: ['http/1.1'] });
  const next = new Promise<{ socket: TLSSocket; peer: Peer }>((resolve) =>
    server.once('secureConnection', (socket) => resolve({ socket, peer: new Peer(socket) })),
  );
  server.on('tlsClientError', () => {});
  const port = await serve(server);
  return { port, next };
}

function configure(host: string, port: number, backToOrigin: BackToOrigin = BackToOrigin.BACK_TO_ORIGIN_HTTPS): void {
  edge.configure({ backToOrigin, origins: [originAt(host, port)] });
}

async function answerOf(): Promise<string> {
  return (await edge.dial(handshake('a.test'))).ended();
}

test('an https origin is asked for by its own name, and large messages pass both ways', async () => {
  const origin = await startTls(good);
  configure('localhost', origin.port);
  const client = await edge.dial(handshake('a.test'));
  const { socket, peer } = await origin.next;
  expect([socket.servername, socket.alpnProtocol]).toEqual(['localhost', 'http/1.1']);
  expect(await peer.head()).toMatch(/^GET \/chat HTTP\/1.1\r\nHost: a.test\r\n/);
  socket.write(SWITCHED);
  await client.head();
  const up = Buffer.concat([Buffer.of(0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0), randomBytes(16 * 1024 * 1024)]);
  client.socket.write(up);
  socket.write(up);
  const [sent, received] = await Promise.all([peer.bytes(up.length), client.bytes(up.length)]);
  expect([sent.equals(up), received.equals(up)]).toEqual([true, true]);
  socket.end();
  await client.ended();
});

test('an https origin by address is verified by address', async () => {
  const origin = await startTls(ofAddress);
  configure('127.0.0.1', origin.port);
  const client = await edge.dial(handshake('a.test'));
  const { socket } = await origin.next;
  socket.write(SWITCHED);
  expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
});

test.each([
  ['of another name', ofAddress, 'localhost'],
  ['that has expired', expired, 'localhost'],
  ['that nobody vouches for', untrusted, 'localhost'],
])('a certificate %s is 502 with its own reason', async (_, certificate, host) => {
  const origin = await startTls(certificate);
  configure(host, origin.port);
  expect(await answerOf()).toMatch(/^HTTP\/1.1 502 [^]*the certificate of the origin is not trusted\n$/);
});

test('an origin that does not speak TLS is 502, and nothing is sent to it in the clear', async () => {
  const received: Buffer[] = [];
  const plain = createPlain((socket) => {
    socket.on('data', (chunk) => {
      received.push(chunk);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    socket.on('error', () => {});
  });
  configure('localhost', await serve(plain));
  expect(await answerOf()).toMatch(/^HTTP\/1.1 502 [^]*the TLS handshake with the origin failed\n$/);
  expect(Buffer.concat(received).includes('chat')).toBe(false);
});

test('an origin that never finishes its TLS handshake is 504', async () => {
  const silent = createPlain(() => {});
  configure('localhost', await serve(silent));
  expect(await answerOf()).toMatch(/^HTTP\/1.1 504 [^]*did not accept the connection in time\n$/);
});

test('an origin that does not accept in time is followed by the next', async () => {
  const silent = await serve(createPlain(() => {}));
  const origin = await startTls(good);
  const origins = [silent, origin.port].map((port) => originAt('localhost', port));
  edge.configure({ backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTPS, origins });
  const client = await edge.dial(handshake('a.test'));
  (await origin.next).socket.write(SWITCHED);
  expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
});

test.each(['end', 'resetAndDestroy'] as const)(
  'a client that leaves (%s) while its origin does not accept ends the attempt within a second, counted 499',
  async (leave) => {
    const patient = parts.use(await startEdge({ dialTimeoutMs: 60_000 }));
    const silent = createPlain();
    const attempt = once(silent, 'connection');
    const port = await serve(silent);
    const origins = [originAt('localhost', port)];
    const domain = patient.configure({ backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTPS, origins });
    const client = await patient.dial(handshake('a.test'));
    const [socket] = await attempt;
    const leftAt = patient.seconds;
    client.socket[leave]();
    await once(socket.resume(), 'close');
    expect(patient.seconds - leftAt).toBeLessThanOrEqual(1);
    expect(domain.figures.take().handshakeStatuses).toEqual({ 499: 1n });
  },
);

test("an authority of the operator's own vouches for origins, and takes nothing from the others", async () => {
  const resolve = async () => ['127.0.0.1'];
  const trusting = parts.use(await startEdge({ authorities: [ofOperator.cert], resolve }));
  for (const [host, certificate] of [['private.test', ofOperator] as const, ['localhost', good] as const]) {
    const origin = await startTls(certificate);
    const origins = [originAt(host, origin.port)];
    trusting.configure({ backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTPS, origins });
    const client = await trusting.dial(handshake('a.test'));
    void origin.next.then(({ socket }) => socket.write(SWITCHED));
    expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
  }
});

test.each([BackToOrigin.BACK_TO_ORIGIN_FOLLOW, BackToOrigin.BACK_TO_ORIGIN_HTTP])(
  'a client that came by ws goes on by http unless https is forced (%s)',
  async (backToOrigin) => {
    const asked = Promise.withResolvers<string>();
    const plain = createPlain((socket) => socket.once('data', (chunk) => asked.resolve(String(chunk))));
    configure('localhost', await serve(plain), backToOrigin);
    await edge.dial(handshake('a.test'));
    expect(await asked.promise).toMatch(/^GET \/chat /);
  },
);

describe('what a domain says of its origin', () => {
  const open = async (of: TestEdge, origin: Partial<OriginAddress>, port: number): Promise<string> => {
    const origins = [{ ...originAt('localhost', port), ...origin }];
    of.configure({ backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTPS, origins });
    return (await of.dial(handshake('a.test'))).until((text) => text.includes('\r\n\r\n'));
  };
  const tlsVerification = TlsVerification.TLS_VERIFICATION_NONE;

  test('without verification a certificate of another name, expired or of nobody’s is taken, for this origin only', async () => {
    for (const certificate of [selfSigned('elsewhere.test'), selfSigned('localhost', { hasExpired: true })]) {
      const origin = await startTls(certificate);
      void origin.next.then(({ socket }) => socket.write(SWITCHED));
      expect(await open(edge, { tlsVerification }, origin.port)).toMatch(/^HTTP\/1.1 101 /);
      expect(await open(edge, {}, origin.port)).toMatch(/^HTTP\/1.1 502 /);
    }
  });

  test('authorities of its own vouch for it, and those that the edge trusts do not', async () => {
    const own = selfSigned('localhost');
    const origin = await startTls(own);
    void origin.next.then(({ socket }) => socket.write(SWITCHED));
    expect(await open(edge, { caCertificates: own.cert }, origin.port)).toMatch(/^HTTP\/1.1 101 /);
    const trusted = await startTls(good);
    expect(await open(edge, { caCertificates: own.cert }, trusted.port)).toMatch(/^HTTP\/1.1 502 /);
  });

  test('authorities of its own vouch for its name only', async () => {
    const other = selfSigned('elsewhere.test');
    const origin = await startTls(other);
    expect(await open(edge, { caCertificates: other.cert }, origin.port)).toMatch(/^HTTP\/1.1 502 [^]*not trusted\n$/);
  });
});
