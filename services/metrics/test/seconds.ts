import type { DomainSecond } from '@longwire/contracts/edge/v1/samples';

// An hour ago, at the start of a minute: inside of what ingestion takes, whenever the test runs.
const noon = Math.floor(Date.now() / 60_000) * 60 - 3_600;

/** So many seconds after the time that the samples of a test begin with. */
export const at = (second: number) => new Date((noon + second) * 1_000);

/** What an edge measured for a domain in that second; nothing but what is told. */
export function second(domainName: string, offset: number, values: Partial<DomainSecond>): DomainSecond {
  return {
    domainName,
    accountId: 'acc-1',
    second: BigInt(noon + offset),
    bytesFromClient: 0n,
    bytesToClient: 0n,
    messagesFromClient: 0n,
    messagesToClient: 0n,
    activeConnections: 0n,
    openedConnections: 0n,
    closedConnections: 0n,
    handshakeStatuses: {},
    closes: [],
    handshakeDurations: [],
    clientRoundTrips: [],
    originRoundTrips: [],
    ...values,
  };
}
