import type { Opening } from './handshake.ts';
import type { Tunnel } from './tunnel.ts';

/** What a tunnel's two log lines both say. The log writes control characters escaped; whatever is secret is not in here. */
export function aboutTunnel({ id, requestId, domain, request, origin }: Opening) {
  return {
    connectionId: id,
    requestId,
    domain: domain.name,
    path: request.target.replace(/\?.*/, ''), // a query may hold secrets
    origin: `${origin.remoteAddress}:${origin.remotePort}`,
    configVersion: `${domain.config.version}`,
  };
}

/** What the last line says of a tunnel that is gone. @param now in the seconds of the edge */
export function aboutEnd(tunnel: Tunnel, now: number): object {
  const { ending, toOrigin, toClient, clientPings, originPings } = tunnel;
  return {
    ...ending,
    clientCode: toOrigin.scanner.closeCode,
    originCode: toClient.scanner.closeCode,
    bytesFromClient: tunnel.bytesFromClient,
    bytesToClient: tunnel.bytesToClient,
    messagesFromClient: toOrigin.scanner.messages,
    messagesToClient: toClient.scanner.messages,
    clientRoundTripMs: clientPings?.least,
    originRoundTripMs: originPings?.least,
    idleSeconds: now - tunnel.lastActive,
  };
}
