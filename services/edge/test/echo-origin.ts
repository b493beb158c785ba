import { startOrigin, SWITCHED, type TestOrigin } from './harness.ts';

/** An origin that switches each connection and sends back, byte by byte, what comes then. */
export function startEchoOrigin(): Promise<TestOrigin> {
  return startOrigin((peer) => {
    peer.head().then(
      () => {
        peer.socket.write(SWITCHED);
        peer.socket.on('data', (chunk) => peer.socket.write(chunk));
        peer.socket.on('end', () => peer.socket.end());
      },
      () => {}, // dialled and left
    );
  });
}
