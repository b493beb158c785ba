import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its key in PEM; it signs itself, so it is also its own authority. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for one DNS name or IPv4 address, valid around now unless it is told to have expired (RFC 5280, section 4.1). */
export function selfSigned(name: string, { hasExpired = false, isRsa = false } = {}): Certificate {
  const { publicKey, privateKey } = isRsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const end = Date.now() + (hasExpired ? -day : 30 * day);
  const subject = sequence(der(0x31, sequence(oid(0x55, 4, 3), der(0x0c, Buffer.from(name)))));
  const algorithm = isRsa
    ? sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11), der(0x05, Buffer.of())) // sha256WithRSAEncryption
    : sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)); // ecdsa-with-SHA256
  const isAddress = /^[\d.]+$/.test(name);
  const alternative = isAddress ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
  const extensions = sequence(
    sequence(oid(0x55, 0x1d, 19), der(0x04, sequence(der(0x01, Buffer.of(0xff))))), // basicConstraints: CA
    sequence(oid(0x55, 0x1d, 17), der(0x04, sequence(alternative))), // subjectAltName
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    subject,
    sequence(time(end - 60 * day), time(end)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const base64 = certificate.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function time(milliseconds: number): Buffer {
  return der(0x18, Buffer.from(new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')));
}
