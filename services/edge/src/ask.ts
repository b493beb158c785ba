import { readAnswer, type Answer } from './answer.ts';
import type { Cancellation } from './cancellation.ts';
import { DialError } from './dial.ts';
import { HeadReader } from './head.ts';
import type { Upgrade } from './request.ts';
import type { Wire } from './wire.ts';

/** What the origin said, and the bytes that came after its head, which are valid during the call only. */
export type Asked = Exclude<Answer, { kind: 'interim' } | { kind: 'broken' }> & { rest: Buffer };

/**
 * Sends the handshake to an origin and reads the head of its final answer. `answered` is called with it before another byte is
 * read, so that the wire need not be paused.
 * @throws DialError: 504 when the head is late, 502 when it is broken or the origin left; whatever `answered` throws
 */
export function ask(
  wire: Wire,
  request: Buffer,
  offered: Upgrade,
  timeoutMs: number,
  cancellation: Cancellation,
  answered: (answer: Asked) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let reader = new HeadReader();
    const timer = setTimeout(() => fail(504, 'the origin did not answer in time'), timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      cancellation.ends(undefined);
    };
    const fail = (status: 502 | 504, reason: string) => {
      reject(new DialError(status, reason, { cause: wire.error }));
      wire.destroy();
    };
    const read = (chunk: Buffer): void => {
      const result = reader.push(chunk);
      if (result.kind === 'more') return;
      if (result.kind === 'fault') return fail(502, 'the origin sent a malformed response head');
      const answer = readAnswer(result.head, offered);
      if (answer.kind === 'broken') return fail(502, answer.reason);
      if (answer.kind === 'interim') {
        reader = new HeadReader();
        return read(result.rest);
      }
      settle();
      try {
        resolve(answered({ ...answer, rest: result.rest }));
      } catch (error) {
        reject(error);
      }
    };
    wire.events = {
      bytes: (_, chunk) => read(chunk),
      drained() {},
      ended: () => fail(502, 'the origin closed the connection without an answer'),
      closed() {
        settle();
        fail(502, 'the origin closed the connection without an answer');
      },
    };
    cancellation.ends(() => wire.destroy());
    wire.send(request);
  });
}
