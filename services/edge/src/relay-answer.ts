import type { Asked } from './ask.ts';
import { BodyScanner } from './body.ts';
import { linger } from './linger.ts';
import type { Wire } from './wire.ts';

const ANSWER_MS = 10_000;

/**
 * Passes an origin's final answer other than 101 on to the client, head and body, and ends both wires. An answer that the
 * origin does not finish, or that takes longer than 10 s, is cut, so that the client sees that something is missing.
 */
export function relayAnswer(client: Wire, origin: Wire, answer: Extract<Asked, { kind: 'final' }>): void {
  const body = new BodyScanner(answer.body);
  let isOver = false;
  const end = (endClient: (client: Wire) => void) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    origin.destroy();
    endClient(client);
  };
  const cut = () => end((wire) => wire.destroy());
  const originEnded = () => (answer.body.kind === 'until-close' ? end(linger) : cut());
  const timer = setTimeout(cut, ANSWER_MS);

  client.events = { bytes() {}, drained: () => origin.resume(), ended: cut, closed: cut };
  origin.events = {
    bytes(_, chunk) {
      if (isOver) return;
      if (!client.send(chunk.subarray(0, body.scan(chunk)))) origin.pause();
      if (body.isComplete) end(linger);
    },
    drained() {},
    ended: originEnded,
    closed: originEnded,
  };
  client.send(answer.head);
  client.resume();
  origin.resume();
  origin.events.bytes(origin, answer.rest);
}
