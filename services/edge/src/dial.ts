import { connect, isIP } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { TlsVerification, type OriginAddress } from '@longwire/contracts/edge/v1/domain_config';
import { checkOriginHost, isForbiddenAddress, type OriginAllow } from '@longwire/origins';
import { Cancelled, type Cancellation } from './cancellation.ts';
import type { HandleWires } from './handle-wire.ts';
import type { OriginNames } from './origin-names.ts';
import type { OriginTrust } from './origin-trust.ts';
import { SocketWire } from './socket-wire.ts';
import { UNHEARD, type Wire, type WireEvents } from './wire.ts';

export interface DialPolicy {
  /** What may be connected to although it is not public. */
  readonly allow: OriginAllow;
  /** Whether this is where the edge itself listens. */
  readonly isSelf: (address: string, port: number) => boolean;
  readonly names: OriginNames;
  /** Whom origins' certificates must come from. */
  readonly trust: OriginTrust;
  /** How long an address may take to be found, and how long to accept, TLS included, in milliseconds. */
  readonly timeoutMs: number;
  /** For connections without TLS; where there are none, a socket is made. */
  readonly wires: HandleWires | undefined;
}

/** No connection to an origin: 504 when it took too long, else 502. The message is fit for the client. */
export class DialError extends Error {
  readonly status: 502 | 504;

  constructor(status: 502 | 504, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface Dialed {
  readonly origin: OriginAddress;
  readonly wire: Wire;
}

/**
 * Connects to the first origin that accepts, in their order, each at the first of its addresses that accepts.
 * The address policy is asked about the very address that is connected to, each time.
 * @throws DialError that tells of the last failure; anything when it was cancelled
 */
export async function dial(
  origins: readonly OriginAddress[],
  secure: boolean,
  policy: DialPolicy,
  cancellation: Cancellation,
): Promise<Dialed> {
  let failure: unknown;
  for (const origin of origins) {
    const port = secure ? origin.httpsPort : origin.httpPort;
    try {
      return { origin, wire: await dialHost({ host: origin.host, port, secure, origin }, policy, cancellation) };
    } catch (error) {
      if (cancellation.isCancelled) throw error;
      failure = error;
    }
  }
  throw failure ?? new DialError(502, 'the domain has no origin');
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly origin: OriginAddress;
}

async function dialHost(target: Target, policy: DialPolicy, cancellation: Cancellation): Promise<Wire> {
  const addresses = await resolve(target.host, policy, cancellation);
  const allowed = addresses.filter(
    (address) => !isForbiddenAddress(address, policy.allow) && !policy.isSelf(address, target.port),
  );
  let failure: unknown;
  for (const address of allowed) {
    try {
      return await connectTo(address, target, policy, cancellation);
    } catch (error) {
      if (cancellation.isCancelled) throw error;
      policy.names.putLast(target.host, address);
      failure = error;
    }
  }
  throw failure ?? new DialError(502, 'the address of the origin is not allowed');
}

async function resolve(host: string, policy: DialPolicy, cancellation: Cancellation): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  if (checkOriginHost(host, policy.allow) !== undefined) return [];
  try {
    const found = policy.names.find(host);
    return found instanceof Promise ? await inTime(found, policy.timeoutMs, cancellation) : found;
  } catch (error) {
    if (error instanceof DialError) throw error;
    throw new DialError(502, 'the name of the origin does not resolve', { cause: error });
  }
}

/** Waits for a promise that others wait for too: it goes on when this one gives up. */
async function inTime<T>(promise: Promise<T>, timeoutMs: number, cancellation: Cancellation): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new DialError(504, 'the name of the origin was not resolved in time'));
  }, timeoutMs);
  cancellation.ends(() => late.reject(new Cancelled()));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
    cancellation.ends(undefined);
  }
}

function connectTo(address: string, target: Target, policy: DialPolicy, cancellation: Cancellation): Promise<Wire> {
  return new Promise((resolve, reject) => {
    // What comes of this attempt once it is over must not touch the cancellation, which is the next one's by then.
    const settle = () => {
      wire.events = UNHEARD;
      clearTimeout(timer);
      cancellation.ends(undefined);
    };
    const connected = () => {
      settle();
      resolve(wire);
    };
    const closed = () => {
      settle();
      reject(failureOf(wire));
    };
    const wire = open(address, target, policy, { ...UNHEARD, closed }, connected);
    const timer = setTimeout(() => {
      settle();
      reject(new DialError(504, 'the origin did not accept the connection in time'));
      wire.destroy();
    }, policy.timeoutMs);
    cancellation.ends(() => wire.destroy());
  });
}

function open(
  address: string,
  { host, port, secure, origin }: Target,
  { wires, trust }: DialPolicy,
  events: WireEvents,
  connected: () => void,
): Wire {
  if (!secure && wires) return wires.connect(address, port, events, connected);
  const wire = new SocketWire(events, (onread) => {
    const options = { host: address, port, onread, allowHalfOpen: true, noDelay: true };
    if (!secure) return connect(options);
    // The certificate must name the origin's host, whatever its address; an address is no server name (RFC 6066, section 3).
    const name = isIP(host) === 0 ? { servername: host } : {};
    const rejectUnauthorized = origin.tlsVerification !== TlsVerification.TLS_VERIFICATION_NONE;
    const secureContext = trust.contextFor(origin.caCertificates);
    return connectTls({ ...options, ...name, secureContext, rejectUnauthorized, ALPNProtocols: ['http/1.1'] });
  });
  wire.socket.once(secure ? 'secureConnect' : 'connect', connected);
  return wire;
}

function failureOf(wire: Wire): DialError {
  const { error: cause } = wire;
  const isUntrusted = wire instanceof SocketWire && wire.socket instanceof TLSSocket && wire.socket.authorizationError;
  if (isUntrusted) return new DialError(502, 'the certificate of the origin is not trusted', { cause });
  const isConnected = wire instanceof SocketWire && wire.isConnected;
  if (isConnected) return new DialError(502, 'the TLS handshake with the origin failed', { cause });
  return new DialError(502, 'the origin refused the connection', { cause });
}
