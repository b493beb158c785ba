import { listOf, lists, valuesOf, withoutParameters } from './fields.ts';
import { isToken, type Field, type Head } from './head.ts';
import { refusal, type Refusal } from './refusal.ts';

/** A request whose version, target and host are in order; the rest of it is not judged yet. */
export interface Request {
  readonly method: string;
  /** Origin-form: path and query, byte-equal. */
  readonly target: string;
  /** In lower case, without port and trailing dot: what domains are looked up by. */
  readonly host: string;
  readonly fields: readonly Field[];
}

/** What a client offers in a handshake that may be forwarded (RFC 6455, section 4.1). */
export interface Upgrade {
  readonly key: string;
  readonly protocols: readonly string[];
  readonly extensions: readonly string[];
}

/** The name under which edges put themselves into `CDN-Loop` (RFC 8586). */
export const LOOP_TOKEN = 'longwire';

/** Reads what says which domain is meant. */
export function readRequest({ startLine, fields }: Head): Request | Refusal {
  const [method = '', target = '', version = '', ...rest] = startLine.split(' ');
  const [, major] = /^HTTP\/(\d)\.\d$/.exec(version) ?? [];
  if (rest.length > 0 || major === undefined || !isToken(method)) return refusal(400, 'malformed request line');
  if (Number(major) > 1) return refusal(505, 'only HTTP/1.1 is spoken here');
  if (version !== 'HTTP/1.1') return refusal(400, 'only HTTP/1.1 is spoken here');
  const form = readTarget(target);
  if (!form) return refusal(400, 'malformed request target');
  const hosts = valuesOf(fields, 'host');
  const host = hosts.length === 1 ? readHost(hosts[0] ?? '') : undefined;
  if (host === undefined) return refusal(400, 'exactly one valid Host is required');
  if (form.authority !== undefined && form.authority.toLowerCase() !== hosts[0]?.toLowerCase()) {
    return refusal(400, 'the request target names another host');
  }
  return { method, target: form.target, host, fields };
}

/** Judges the handshake itself, in the order in which a client would mend it. */
export function readUpgrade({ method, fields }: Request): Upgrade | Refusal {
  if (method !== 'GET') return refusal(405, 'a handshake is a GET', 'Allow: GET');
  if (hasBody(fields)) return refusal(400, 'a handshake has no body');
  if (!lists(fields, 'connection', 'upgrade') || !lists(fields, 'upgrade', 'websocket')) {
    return refusal(426, 'only WebSocket is served here', 'Upgrade: websocket');
  }
  const versions = valuesOf(fields, 'sec-websocket-version');
  if (versions.length !== 1 || versions[0] !== '13') {
    return refusal(426, 'only WebSocket version 13 is served here', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13');
  }
  const [key = '', ...otherKeys] = valuesOf(fields, 'sec-websocket-key');
  if (otherKeys.length > 0 || !/^[a-z\d+/]{22}==$/i.test(key)) return refusal(400, 'malformed Sec-WebSocket-Key');
  if (listOf(fields, 'cdn-loop').some((id) => withoutParameters(id).toLowerCase() === LOOP_TOKEN)) {
    return refusal(508, 'the origin leads back to this edge');
  }
  return {
    key,
    protocols: listOf(fields, 'sec-websocket-protocol'),
    extensions: listOf(fields, 'sec-websocket-extensions').map(withoutParameters),
  };
}

/** Origin-form and absolute-form (RFC 9112, section 3.2) in visible ASCII; a fragment is never sent. */
function readTarget(target: string): { target: string; authority?: string } | undefined {
  if (!/^[!-~]+$/.test(target) || target.includes('#')) return undefined;
  if (target.startsWith('/')) return { target };
  const [, authority, path] = /^(?:http|ws)s?:\/\/([^/?]*)(.*)$/i.exec(target) ?? [];
  if (authority === undefined || path === undefined) return undefined;
  return { target: path.startsWith('/') ? path : `/${path}`, authority };
}

/** The host that a Host field names: in lower case, without port and trailing dot; undefined when it is no valid one. */
export function readHost(value: string): string | undefined {
  const [, name, port = '80'] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(value) ?? [];
  if (name === undefined || Number(port) > 65_535 || Number(port) === 0) return undefined;
  const host = name.toLowerCase().replace(/\.$/, '');
  return host === '' ? undefined : host;
}

function hasBody(fields: readonly Field[]): boolean {
  return (
    valuesOf(fields, 'transfer-encoding').length > 0 ||
    valuesOf(fields, 'content-length').some((length) => !/^0+$/.test(length))
  );
}
