import type { Connection, ConnectionFilter } from '@longwire/contracts/edge/v1/connection';
import type { Duration } from '@longwire/contracts/google/protobuf/duration';
import { contains, parseAddressRanges } from '@longwire/origins';
import type { Direction } from './direction.ts';
import type { Seconds } from './seconds.ts';
import type { Tunnel } from './tunnel.ts';

/** What a tunnel does not know of itself. */
export interface Opened {
  readonly id: string;
  readonly clientAddress: string;
  readonly originAddress: string;
  readonly subprotocol: string;
}

type Live = Opened & { readonly openTime: Date };

export interface Listed {
  /** Those open for longest first, at most as many as asked for. */
  readonly connections: Connection[];
  readonly totalCount: number;
}

/** The tunnels of one process, to be listed and closed by what they are. */
export class LiveConnections {
  readonly #live = new Map<Tunnel, Live>();
  readonly #seconds: Seconds;

  constructor(seconds: Seconds) {
    this.#seconds = seconds;
  }

  opened(tunnel: Tunnel, opened: Opened): void {
    this.#live.set(tunnel, { ...opened, openTime: new Date() });
  }

  closed(tunnel: Tunnel): void {
    this.#live.delete(tunnel);
  }

  list(filter: ConnectionFilter, limit: number): Listed {
    const connections: Connection[] = [];
    let totalCount = 0;
    for (const [tunnel, live] of this.#matching(filter)) {
      if (totalCount++ < limit) connections.push(this.#describe(tunnel, live));
    }
    return { connections, totalCount };
  }

  /** How many were told to close. */
  close(filter: ConnectionFilter, code: number, reason: string): number {
    const matching = [...this.#matching(filter)];
    for (const [tunnel] of matching) tunnel.close(code, reason, 'requested');
    return matching.length;
  }

  *#matching(filter: ConnectionFilter): Generator<[Tunnel, Live]> {
    const now = Date.now();
    const ranges = filter.clientAddress ? parseAddressRanges(filter.clientAddress) : undefined;
    const ids = new Set(filter.connectionIds);
    for (const [tunnel, live] of this.#live) {
      const { name, config } = tunnel.domain;
      if (filter.accountId && config.accountId !== filter.accountId) continue;
      if (filter.domainName && name !== filter.domainName) continue;
      if (ids.size > 0 && !ids.has(live.id)) continue;
      if (ranges && !contains(ranges, live.clientAddress)) continue;
      if (now - live.openTime.getTime() < millisecondsOf(filter.minAge)) continue;
      if (this.#idleMs(tunnel.lastActive) < millisecondsOf(filter.minIdle)) continue;
      yield [tunnel, live];
    }
  }

  #idleMs(lastActive: number): number {
    return (this.#seconds.passed - lastActive) * 1000;
  }

  #describe(tunnel: Tunnel, live: Live): Connection {
    const { domain, toOrigin, toClient } = tunnel;
    const activeTime = ({ lastActive }: Direction) => new Date(Date.now() - this.#idleMs(lastActive));
    return {
      connectionId: live.id,
      edgeId: '', // the edge's own to say
      domainName: domain.name,
      accountId: domain.config.accountId,
      clientAddress: live.clientAddress,
      originAddress: live.originAddress,
      subprotocol: live.subprotocol,
      openTime: live.openTime,
      bytesFromClient: BigInt(tunnel.bytesFromClient),
      bytesToClient: BigInt(tunnel.bytesToClient),
      messagesFromClient: BigInt(toOrigin.scanner.messages),
      messagesToClient: BigInt(toClient.scanner.messages),
      clientActiveTime: activeTime(toOrigin),
      originActiveTime: activeTime(toClient),
      clientPingInterval: pingInterval(toOrigin, live),
      originPingInterval: pingInterval(toClient, live),
    };
  }
}

function pingInterval({ scanner }: Direction, { openTime }: Live): Duration | undefined {
  if (scanner.pings < 2) return undefined;
  const milliseconds = Math.round((Date.now() - openTime.getTime()) / scanner.pings);
  return { seconds: BigInt(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 };
}

function millisecondsOf(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * 1000 + duration.nanos / 1_000_000 : 0;
}
