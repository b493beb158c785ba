import type { DomainSecond } from '@longwire/contracts/edge/v1/samples';

/** What went through for one domain since its second began. */
export class Figures {
  bytesFromClient = 0;
  bytesToClient = 0;
  messagesFromClient = 0;
  messagesToClient = 0;
  opened = 0;
  closed = 0;
  #statuses: Record<number, bigint> = {};

  /** Counts a handshake by the status that the client got. */
  answered(status: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0n) + 1n;
  }

  /** Whether nothing happened in the second. */
  get isEmpty(): boolean {
    const { bytesFromClient, bytesToClient, messagesFromClient, messagesToClient, opened, closed } = this;
    const counts = [bytesFromClient, bytesToClient, messagesFromClient, messagesToClient, opened, closed];
    return counts.every((count) => count === 0) && Object.keys(this.#statuses).length === 0;
  }

  /** Hands over the figures of the second that is over and begins the next one. */
  take(): Omit<DomainSecond, 'domainName' | 'accountId' | 'second' | 'activeConnections'> {
    const taken = {
      bytesFromClient: BigInt(this.bytesFromClient),
      bytesToClient: BigInt(this.bytesToClient),
      messagesFromClient: BigInt(this.messagesFromClient),
      messagesToClient: BigInt(this.messagesToClient),
      openedConnections: BigInt(this.opened),
      closedConnections: BigInt(this.closed),
      handshakeStatuses: this.#statuses,
    };
    this.bytesFromClient = this.bytesToClient = this.messagesFromClient = this.messagesToClient = 0;
    this.opened = this.closed = 0;
    this.#statuses = {};
    return taken;
  }
}
