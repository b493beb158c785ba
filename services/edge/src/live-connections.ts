import type { Connection, ConnectionFilter } from '@longwire/contracts/edge/v1/connection';
import type { Duration } from '@longwire/contracts/google/protobuf/duration';
import { contains, parseAddressRanges } from '@longwire/origins';
import type { Direction } from './direction.ts';
import type { Routes } from './routes.ts';
import type { Seconds } from './seconds.ts';
import type { Tunnel } from './tunnel.ts';

export interface Listed {
  /** Those open for longest first, at most as many as asked for. */
  readonly connections: Connection[];
  readonly totalCount: number;
}

/** The tunnels of one process, to be listed and closed by what they are. */
export class LiveConnections {
  readonly #routes: Routes;
  readonly #seconds: Seconds;

  constructor(routes: Routes, seconds: Seconds) {
    this.#routes = routes;
    this.#seconds = seconds;
  }

  list(filter: ConnectionFilter, limit: number): Listed {
    const matching = [...this.#matching(filter)].toSorted((one, other) => one.opened.at - other.opened.at);
    const connections = matching.slice(0, limit).map((tunnel) => this.#describe(tunnel));
    return { connections, totalCount: matching.length };
  }

  /** How many were told to close. */
  close(filter: ConnectionFilter, code: number, reason: string): number {
    const matching = [...this.#matching(filter)];
    for (const tunnel of matching) tunnel.close(code, reason, 'requested');
    return matching.length;
  }

  *#matching(filter: ConnectionFilter): Generator<Tunnel> {
    const ranges = filter.clientAddress ? parseAddressRanges(filter.clientAddress) : undefined;
    const ids = new Set(filter.connectionIds);
    for (const { name, config, tunnels } of this.#routes.domains) {
      if (filter.accountId && config.accountId !== filter.accountId) continue;
      if (filter.domainName && name !== filter.domainName) continue;
      for (const tunnel of tunnels) {
        const { id, clientAddress } = tunnel.opened;
        if (ids.size > 0 && !ids.has(id)) continue;
        if (ranges && !contains(ranges, clientAddress)) continue;
        if (ageMs(tunnel) < millisecondsOf(filter.minAge)) continue;
        if (this.#idleMs(tunnel.lastActive) < millisecondsOf(filter.minIdle)) continue;
        yield tunnel;
      }
    }
  }

  #idleMs(lastActive: number): number {
    return (this.#seconds.passed - lastActive) * 1000;
  }

  #describe(tunnel: Tunnel): Connection {
    const { domain, opened, origin, toOrigin, toClient } = tunnel;
    const activeTime = ({ lastActive }: Direction) => new Date(Date.now() - this.#idleMs(lastActive));
    return {
      connectionId: opened.id,
      edgeId: '', // the edge's own to say
      domainName: domain.name,
      accountId: domain.config.accountId,
      clientAddress: opened.clientAddress,
      originAddress: `${origin.remoteAddress}:${origin.remotePort}`,
      subprotocol: opened.subprotocol,
      openTime: new Date(performance.timeOrigin + opened.at),
      bytesFromClient: BigInt(tunnel.bytesFromClient),
      bytesToClient: BigInt(tunnel.bytesToClient),
      messagesFromClient: BigInt(toOrigin.scanner.messages),
      messagesToClient: BigInt(toClient.scanner.messages),
      clientActiveTime: activeTime(toOrigin),
      originActiveTime: activeTime(toClient),
      clientPingInterval: pingInterval(toOrigin, ageMs(tunnel)),
      originPingInterval: pingInterval(toClient, ageMs(tunnel)),
    };
  }
}

function ageMs({ opened }: Tunnel): number {
  return performance.now() - opened.at;
}

function pingInterval({ scanner }: Direction, age: number): Duration | undefined {
  if (scanner.pings < 2) return undefined;
  const milliseconds = Math.round(age / scanner.pings);
  return { seconds: BigInt(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 };
}

function millisecondsOf(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * 1000 + duration.nanos / 1_000_000 : 0;
}
