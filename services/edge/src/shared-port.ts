import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { ListenAddress } from '@longwire/service';

export interface SharedPort {
  readonly port: number;
  /** Whether several processes may listen on one port here, each with a queue of its own (SO_REUSEPORT). */
  readonly reusePort: boolean;
}

/**
 * Finds out by trying whether this system shares a port between processes; port 0 becomes a number on the way. It never
 * listens on a port that is given: clients that came in that moment would be lost.
 */
export async function settlePort({ host, port }: ListenAddress): Promise<SharedPort> {
  const probe = createServer();
  try {
    await once(probe.listen({ host, port: 0, reusePort: true }), 'listening');
  } catch {
    return { port, reusePort: false };
  }
  const { port: free } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return { port: port || free, reusePort: true };
}
