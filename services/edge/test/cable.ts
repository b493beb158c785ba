import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The way to a port of 127.0.0.1, which a test cuts and mends. */
export type Cable = AsyncDisposable & { readonly port: number; cut(): void; mend(): void };

export async function startCable(port: number): Promise<Cable> {
  const ends = new Set<Socket>();
  let isWhole = true;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      ends.add(one);
      one
        .on('error', () => {})
        .on('close', () => {
          ends.delete(one);
          other.destroy();
        });
    }
    if (isWhole) near.pipe(far).pipe(near);
    else near.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    isWhole = false;
    for (const end of ends) end.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => void (isWhole = true),
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
    },
  };
}
