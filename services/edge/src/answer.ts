import { hash } from 'node:crypto';
import { isHopByHop, lists, listOf, valuesOf, withoutParameters } from './fields.ts';
import { SWITCHING, writeHead } from './forward.ts';
import type { Field, Head } from './head.ts';
import type { Upgrade } from './request.ts';

/** What an origin's response head means for the client. */
export type Answer =
  /** 101, and it keeps to RFC 6455; `head` goes to the client, `extensions` are the names of those that are used from here on. */
  | { kind: 'switched'; head: Buffer; extensions: readonly string[]; subprotocol: string }
  /** Interim (RFC 9110, section 15.2): the next head follows. */
  | { kind: 'interim' }
  /** Another final status, relayed as it is: `head` and then the body. */
  | { kind: 'final'; status: number; head: Buffer; body: BodyLength }
  /** Not to be relayed; the reason is for the log and the client. */
  | { kind: 'broken'; reason: string };

/** Where a response's body ends (RFC 9112, section 6.3). */
export type BodyLength = { kind: 'sized'; bytes: number } | { kind: 'chunked' } | { kind: 'until-close' };

/** Judges an origin's response head. A 101 counts only when nothing in it breaks what the client offered. */
export function readAnswer({ startLine, fields }: Head, offered: Upgrade): Answer {
  const [, version, code] = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: .*)?$/.exec(startLine) ?? [];
  if (code === undefined) return broken('the origin sent a malformed status line');
  const status = Number(code);
  if (status !== 101) return status < 200 ? { kind: 'interim' } : readFinal(startLine, status, fields);
  const fault = version === '1.1' ? faultOfSwitch(fields, offered) : 'is not HTTP/1.1';
  if (fault !== undefined) return broken(`the origin's 101 ${fault}`);
  const extensions = listOf(fields, 'sec-websocket-extensions').map(withoutParameters);
  const [subprotocol = ''] = valuesOf(fields, 'sec-websocket-protocol');
  const head = writeHead(startLine, [...endToEnd(fields), ...SWITCHING]);
  return { kind: 'switched', head, extensions, subprotocol };
}

/** RFC 6455, section 4.1, the checks of a client; what would be silent there is an error here. */
function faultOfSwitch(fields: readonly Field[], { key, protocols, extensions }: Upgrade): string | undefined {
  const upgrades = listOf(fields, 'upgrade');
  if (upgrades.length !== 1 || upgrades[0]?.toLowerCase() !== 'websocket') return 'does not upgrade to websocket';
  if (!lists(fields, 'connection', 'upgrade')) return 'lacks Connection: Upgrade';
  const accepts = valuesOf(fields, 'sec-websocket-accept');
  if (accepts.length !== 1 || accepts[0] !== acceptOf(key)) return 'has a wrong Sec-WebSocket-Accept';
  const chosen = valuesOf(fields, 'sec-websocket-protocol');
  if (chosen.length > 1 || !chosen.every((protocol) => protocols.includes(protocol)))
    return 'chose a protocol not offered';
  const used = listOf(fields, 'sec-websocket-extensions').map(withoutParameters);
  if (!used.every((extension) => extensions.includes(extension))) return 'uses an extension not offered';
  const framed = ['content-length', 'transfer-encoding'].some((name) => valuesOf(fields, name).length > 0);
  return framed ? 'announces a body' : undefined;
}

/** RFC 6455, section 4.2.2. */
export function acceptOf(key: string): string {
  return hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64');
}

function readFinal(startLine: string, status: number, fields: readonly Field[]): Answer {
  const body = bodyLength(status, fields);
  if (!body) return broken('the origin sent a response of unclear length');
  const chunked = body.kind === 'chunked' ? [{ name: 'Transfer-Encoding', value: 'chunked' }] : [];
  const head = writeHead(startLine.replace(/^HTTP\/1\.0/, 'HTTP/1.1'), [
    ...endToEnd(fields),
    ...chunked,
    { name: 'Connection', value: 'close' },
  ]);
  return { kind: 'final', status, head, body };
}

function bodyLength(status: number, fields: readonly Field[]): BodyLength | undefined {
  if (status === 204 || status === 304) return { kind: 'sized', bytes: 0 };
  const codings = listOf(fields, 'transfer-encoding');
  const lengths = new Set(listOf(fields, 'content-length'));
  if (codings.length > 0) {
    return codings.length === 1 && codings[0]?.toLowerCase() === 'chunked' && lengths.size === 0
      ? { kind: 'chunked' }
      : undefined;
  }
  const [length] = lengths;
  if (length === undefined) return { kind: 'until-close' };
  return lengths.size === 1 && /^\d{1,15}$/.test(length) ? { kind: 'sized', bytes: Number(length) } : undefined;
}

function endToEnd(fields: readonly Field[]): Field[] {
  const hopByHop = isHopByHop(fields);
  return fields.filter((field) => !hopByHop(field));
}

function broken(reason: string): Answer {
  return { kind: 'broken', reason };
}
