import type { CloseCount, DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { Histogram } from './histogram.ts';

/** Peers choose their codes: so many different ones of a second are told apart, the rest counts as 0. */
const MOST_CLOSES = 16;

/** What went through for one domain since its second began. */
export class Figures {
  bytesFromClient = 0;
  bytesToClient = 0;
  messagesFromClient = 0;
  messagesToClient = 0;
  opened = 0;
  readonly handshakeDurations = new Histogram();
  readonly clientRoundTrips = new Histogram();
  readonly originRoundTrips = new Histogram();
  readonly #closes = new Map<string, Omit<CloseCount, 'count'> & { count: number }>();
  readonly #statuses = new Map<number, number>();

  /** Counts a handshake by the status that the client got. */
  answered(status: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }

  /** Counts a tunnel that is gone. */
  closed(side: string, cause: string, code: number): void {
    const key = `${side} ${cause} ${code}`;
    const known = this.#closes.get(key);
    if (known) known.count++;
    else if (code === 0 || this.#closes.size < MOST_CLOSES) this.#closes.set(key, { side, cause, code, count: 1 });
    else this.closed(side, cause, 0);
  }

  /** Whether nothing happened in the second. */
  get isEmpty(): boolean {
    const { bytesFromClient, bytesToClient, messagesFromClient, messagesToClient, opened } = this;
    return (
      [bytesFromClient, bytesToClient, messagesFromClient, messagesToClient, opened].every((count) => count === 0) &&
      this.#closes.size === 0 &&
      this.#statuses.size === 0 &&
      [this.handshakeDurations, this.clientRoundTrips, this.originRoundTrips].every(({ isEmpty }) => isEmpty)
    );
  }

  /** Hands over the figures of the second that is over and begins the next one. */
  take(): Omit<DomainSecond, 'domainName' | 'accountId' | 'second' | 'activeConnections'> {
    const closes = [...this.#closes.values()].map((each) => ({ ...each, count: BigInt(each.count) }));
    const handshakeStatuses: Record<number, bigint> = {};
    for (const [status, count] of this.#statuses) handshakeStatuses[status] = BigInt(count);
    const taken = {
      bytesFromClient: BigInt(this.bytesFromClient),
      bytesToClient: BigInt(this.bytesToClient),
      messagesFromClient: BigInt(this.messagesFromClient),
      messagesToClient: BigInt(this.messagesToClient),
      openedConnections: BigInt(this.opened),
      closedConnections: closes.reduce((sum, { count }) => sum + count, 0n),
      handshakeStatuses,
      closes,
      handshakeDurations: this.handshakeDurations.take(),
      clientRoundTrips: this.clientRoundTrips.take(),
      originRoundTrips: this.originRoundTrips.take(),
    };
    this.bytesFromClient = this.bytesToClient = this.messagesFromClient = this.messagesToClient = this.opened = 0;
    this.#closes.clear();
    this.#statuses.clear();
    return taken;
  }
}
