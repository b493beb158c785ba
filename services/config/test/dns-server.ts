import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export type DnsServer = AsyncDisposable & {
  /** host:port */
  address: string;
  /** TXT records by name; a name without any does not exist. */
  records: Map<string, string[]>;
  /** Answers every question with SERVFAIL. */
  isBroken: boolean;
};

/** A name server that speaks DNS over UDP (RFC 1035) and knows TXT records. */
export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server = { address: '', records: new Map<string, string[]>(), isBroken: false };
  socket.on('message', (query, { port, address }) => {
    const { name, end } = readName(query);
    const texts = server.records.get(name) ?? [];
    const code = server.isBroken ? codes.SERVFAIL : texts.length === 0 ? codes.NXDOMAIN : codes.NOERROR;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8580 | code, 2); // an authoritative answer
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(code === codes.NOERROR ? texts.length : 0, 6);
    const question = query.subarray(12, end + 4);
    const answers = code === codes.NOERROR ? texts.map(answer) : [];
    socket.send(Buffer.concat([header, question, ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  server.address = `127.0.0.1:${socket.address().port}`;
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  });
}

const codes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 };

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** A TXT record of the name in the question, in strings of at most 255 bytes. */
function answer(text: string): Buffer {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const piece = bytes.subarray(at, at + 255);
    strings.push(Buffer.of(piece.length), piece);
  }
  const data = Buffer.concat(strings);
  const head = Buffer.from([0xc0, 0x0c, 0, 16, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 0xff]);
  return Buffer.concat([head, data]);
}
