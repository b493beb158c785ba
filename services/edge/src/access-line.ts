import type { Tunnel } from './tunnel.ts';

/** What a tunnel's two log lines both say. The log writes control characters escaped; whatever is secret is not in here. */
export function aboutTunnel({ opened, domain, origin }: Tunnel) {
  return {
    connectionId: opened.id,
    requestId: opened.requestId,
    domain: domain.name,
    path: opened.path,
    origin: `${origin.remoteAddress}:${origin.remotePort}`,
    configVersion: `${opened.configVersion}`,
  };
}

/** What the last line says of a tunnel that is gone. @param now in the seconds of the edge */
export function aboutEnd(tunnel: Tunnel, now: number) {
  const { opened, ending, toOrigin, toClient, clientPings, originPings } = tunnel;
  return {
    ...aboutTunnel(tunnel),
    durationMs: Math.round(performance.now() - opened.at),
    by: ending?.by,
    cause: ending?.cause,
    code: ending?.code,
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
