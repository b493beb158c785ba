import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, createServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPair, type Pair } from '../src/certificates.ts';
import { TlsGate } from '../src/tls-gate.ts';
import { selfSigned } from './certificate.ts';
import {
  handshake,
  openTunnel,
  originAt,
  Peer,
  startEdge,
  startOrigin,
  SWITCHED,
  type TestEdge,
  type TestOrigin,
} from './harness.ts';

function pair(name: string, host: string, options = {}): Pair {
  const { cert, key } = selfSigned(host, options);
  return readPair(name, Buffer.from(cert), Buffer.from(key));
}

const ofA = pair('a', 'a.test');
const ofB = pair('b', '*.b.test');
const ofLocalhost = selfSigned('localhost');
const ofOneB = pair('one-b', 'one.b.test');

let parts: AsyncDisposableStack;
let tls: TlsGate;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  tls = new TlsGate(300);
  tls.serve([ofA, ofB, ofOneB]);
  edge = parts.use(await startEdge({ tls, byTls: true, authorities: [ofLocalhost.cert] }));
  origin = parts.use(await startOrigin());
  configure('a.test');
});
afterEach(() => parts.disposeAsync());

function configure(domainName: string): void {
  edge.configure({ domainName, origins: [origin.address], backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP });
}

/** A handshake as this client does it; rejects when it is refused. */
async function secure(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: edge.port, rejectUnauthorized: false, ...options });
  parts.defer(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket.on('error', () => {});
}

async function certificateFor(servername: string): Promise<string | undefined> {
  return (await secure({ servername })).getPeerCertificate().subjectaltname;
}

async function answerTo(servername: string, request: string): Promise<string> {
  const client = new Peer(await secure({ servername }));
  client.socket.write(request);
  return client.until((text) => text.includes('\r\n'));
}

describe('a TLS handshake', () => {
  test('is served the certificate of the host that it names, exact before wildcard, in any case', async () => {
    const served = await Promise.all(['a.test', 'A.Test', 'two.b.test', 'one.b.test'].map(certificateFor));
    expect(served).toEqual(['DNS:a.test', 'DNS:a.test', 'DNS:*.b.test', 'DNS:one.b.test']);
  });

  test.each([
    ['names a host that no certificate is for', { servername: 'c.test' }],
    ['names a host two labels below a wildcard', { servername: 'x.y.b.test' }],
    ['names no host', {}],
    ['offers nothing but HTTP/2', { servername: 'a.test', ALPNProtocols: ['h2'] }],
    [
      'offers TLS 1.1 at most',
      { servername: 'a.test', maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' },
    ],
    ['offers no forward secrecy', { servername: 'a.test', maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
  ] as const)('is refused when it %s', async (_, options) => {
    await expect(secure({ ...options })).rejects.toThrow(/alert|ECONNRESET|disconnected/);
  });

  test('that names no host or an unknown one is served the default certificate, if there is one', async () => {
    tls.serve([ofA, pair('default', 'default.test')]);
    expect(await certificateFor('c.test')).toBe('DNS:default.test');
    expect((await secure({})).getPeerCertificate().subjectaltname).toBe('DNS:default.test');
    tls.serve([ofA]);
    await expect(certificateFor('c.test')).rejects.toThrow(/alert|ECONNRESET|disconnected/);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('by %s is served ECDSA where a host has RSA, too', async (version) => {
    tls.serve([ofA, pair('rsa', 'a.test', { isRsa: true }), pair('only-rsa', 'c.test', { isRsa: true })]);
    const kindFor = async (servername: string) => {
      const socket = await secure({ servername, minVersion: version, maxVersion: version });
      return [socket.getProtocol(), socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType];
    };
    expect(await kindFor('a.test')).toEqual([version, 'ec']);
    expect(await kindFor('c.test')).toEqual([version, 'rsa']);
  });

  test('agrees on http/1.1 with whoever offers it', async () => {
    expect((await secure({ servername: 'a.test', ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe('http/1.1');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'by %s is taken up again with a ticket, also after a change of certificates, until others seal them',
    async (version) => {
      const only = { servername: 'a.test', minVersion: version, maxVersion: version };
      const first = connectTls({ host: '127.0.0.1', port: edge.port, rejectUnauthorized: false, ...only });
      const [[session]] = await Promise.all([once(first, 'session'), once(first, 'secureConnect')]);
      first.destroy();
      expect((await secure({ ...only, session })).isSessionReused()).toBe(true);
      tls.serve([pair('a', 'a.test'), ofB]);
      expect((await secure({ ...only, session })).isSessionReused()).toBe(true);
      expect((await secure(only)).isSessionReused()).toBe(false);
      tls.sealTickets(randomBytes(48));
      expect((await secure({ ...only, session })).isSessionReused()).toBe(false);
    },
  );

  test.each(['nothing', 'a byte now and then'])('that brings %s is left when its time is over', async (what) => {
    const client = new Peer(connect(edge.port, '127.0.0.1'));
    const begun = edge.seconds;
    const dripping = setInterval(() => what !== 'nothing' && client.socket.write(Buffer.of(0x16)), 50);
    await client.ended();
    clearInterval(dripping);
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
    while (edge.front.open > 0) await sleep(10);
  });

  test('that is none, but plain HTTP, ends without an answer, and others go on', async () => {
    const client = new Peer(connect(edge.port, '127.0.0.1'));
    client.socket.write(handshake('a.test'));
    expect(await client.ended()).not.toContain('HTTP');
    await openTunnel(edge, origin);
  });
});

describe('new certificates', () => {
  test('serve new handshakes, and live tunnels stay', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const renewed = pair('a', 'a.test');
    tls.serve([renewed]);
    const served = (await secure({ servername: 'a.test' })).getPeerX509Certificate();
    expect(served?.toString().trim()).toBe(String(renewed.cert).trim());
    client.socket.write('still here');
    expect(String(await server.bytes(10))).toBe('still here');
    server.socket.write('and here');
    expect(String(await client.bytes(8))).toBe('and here');
  });

  test('a pair whose key is of another certificate is refused', () => {
    const [one, other] = [selfSigned('a.test'), selfSigned('a.test')];
    expect(() => readPair('a', Buffer.from(one.cert), Buffer.from(other.key))).toThrow('not that of the certificate');
    expect(() => readPair('a', Buffer.from('no PEM'), Buffer.from(one.key))).toThrow('PEM');
    expect(() => readPair('a', Buffer.from(one.cert), Buffer.from('no PEM'))).toThrow('unsupported');
  });
});

describe('the host of the TLS handshake', () => {
  test('of another domain than Host is 421, and its origin hears nothing', async () => {
    configure('*.b.test');
    expect(await answerTo('x.b.test', handshake('a.test'))).toMatch(/^HTTP\/1.1 421 Misdirected Request\r\n/);
    expect(await answerTo('a.test', handshake('x.b.test'))).toMatch(/^HTTP\/1.1 421 /);
    expect(origin.connections).toHaveLength(0);
  });

  test('that is a domain of its own under the wildcard of Host is 421', async () => {
    configure('*.b.test');
    configure('one.b.test');
    expect(await answerTo('one.b.test', handshake('two.b.test'))).toMatch(/^HTTP\/1.1 421 /);
  });

  test('that belongs to no domain here is 421 for a Host that does', async () => {
    expect(await answerTo('x.b.test', handshake('a.test'))).toMatch(/^HTTP\/1.1 421 /);
  });

  test('is looked at in a session that is taken up again, too', async () => {
    configure('*.b.test');
    const first = connectTls({ host: '127.0.0.1', port: edge.port, rejectUnauthorized: false, servername: 'a.test' });
    const [[session]] = await Promise.all([once(first, 'session'), once(first, 'secureConnect')]);
    first.destroy();
    const again = await secure({ servername: 'a.test', session });
    expect(again.isSessionReused()).toBe(true);
    const client = new Peer(again);
    client.socket.write(handshake('x.b.test'));
    expect(await client.until((text) => text.includes('\r\n'))).toMatch(/^HTTP\/1.1 421 /);
  });

  test('of the same wildcard domain as Host may share the connection', async () => {
    configure('*.b.test');
    const client = new Peer(await secure({ servername: 'x.b.test' }));
    client.socket.write(handshake('Y.B.test.:8443'));
    const server = await origin.next();
    server.socket.write(SWITCHED);
    expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
  });
});

describe('a client that came by wss', () => {
  test('goes on by https where the domain follows, and the origin is told https and its port', async () => {
    const asked = Promise.withResolvers<string>();
    const https = createServer({ ...ofLocalhost }, (socket) =>
      socket.on('error', () => {}).once('data', (data) => asked.resolve(String(data))),
    );
    await once(https.listen(0, '127.0.0.1'), 'listening');
    parts.defer(() => void https.close());
    const address = https.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    edge.configure({ origins: [originAt('localhost', address.port)] });
    await edge.dial(handshake('a.test'));
    const head = await asked.promise;
    expect(head).toContain('\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.test\r\nX-Forwarded-Port: 443\r\n');
    expect(head).toContain('\r\nForwarded: for=127.0.0.1;host=a.test;proto=https\r\n');
  });

  test('goes on by http where the domain says http', async () => {
    await edge.dial(handshake('a.test'));
    expect(await (await origin.next()).head()).toContain('\r\nX-Forwarded-Proto: https\r\n');
  });
});

test('hundreds of TLS handshakes, broken ones among them, leave nothing behind', async () => {
  for (let round = 0; round < 4; round++) {
    const clients = Array.from({ length: 100 }, (_, index) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: edge.port,
        rejectUnauthorized: false,
        servername: 'a.test',
      });
      socket.on('error', () => {}).resume();
      if (index % 4 === 0) setTimeout(() => socket.destroy(), index / 10);
      else
        socket.once('secureConnect', () => (index % 2 === 0 ? socket.destroy() : socket.end('GET / HTTP/1.0\r\n\r\n')));
      return once(socket, 'close');
    });
    await Promise.all(clients);
  }
  while (edge.front.open > 0 || edge.edge.limits.size > 0) await sleep(10);
});
