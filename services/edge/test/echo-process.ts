/**
 * An origin in a process of its own, so that a test can stop it as a machine stops: echoes messages, and says its port on
 * standard output. Started with the host to listen on.
 */
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: process.argv[2] ?? '127.0.0.1', port: 0 });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
