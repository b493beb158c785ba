import type { Logger } from '@longwire/service';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { ask, type Asked } from './ask.ts';
import { dial, DialError, type DialPolicy } from './dial.ts';
import { writeOriginRequest } from './forward.ts';
import { HeadReader, type Head } from './head.ts';
import { linger } from './linger.ts';
import { refusal, writeRefusal, type Refusal } from './refusal.ts';
import { relayAnswer } from './relay-answer.ts';
import { readRequest, readUpgrade, type Request, type Upgrade } from './request.ts';
import type { Domain, Routes } from './routes.ts';
import type { Wire, WireEvents } from './wire.ts';

/** What a handshake needs of the edge. */
export interface HandshakeContext {
  readonly routes: Routes;
  readonly dialPolicy: DialPolicy;
  readonly log: Logger;
  /** How long a head may take, the client's from its first byte and the origin's, in milliseconds. */
  readonly headTimeoutMs: number;
  /** A client was answered, or left (499). */
  readonly onAnswered: (status: number) => void;
  /** The origin has switched. Both wires are paused or may still bring bytes; `early` came from the client before the 101. */
  readonly onSwitched: (opening: Opening) => void;
  /** This handshake is over, in whichever way. */
  readonly onSettled: (handshake: Handshake) => void;
}

export interface Opening {
  readonly id: string;
  readonly domain: Domain;
  readonly request: Request;
  readonly client: Wire;
  readonly origin: Wire;
  readonly early: Buffer;
  readonly answer: Extract<Asked, { kind: 'switched' }>;
}

/** How much of what a client sends before it has its 101 is kept; a client that sends more is not read until then. */
const EARLY_BYTES = 64 * 1024;

/** One client connection from its first byte until it is refused, answered by its origin, or a tunnel. */
export class Handshake implements WireEvents {
  readonly #id: string;
  readonly #context: HandshakeContext;
  readonly #client: Wire;
  readonly #reader = new HeadReader();
  readonly #headTimer: NodeJS.Timeout;
  /** Aborts when the client gets no tunnel any more: whatever goes on with the origin ends. */
  readonly #abandoned = new AbortController();
  #phase: 'silent' | 'head' | 'origin' | 'settled' = 'silent';
  #domain: Domain | undefined;
  #early: Buffer[] = [];
  #earlyBytes = 0;

  /** @param open makes the client's wire with this handshake as its events */
  constructor(id: string, context: HandshakeContext, open: (events: WireEvents) => Wire) {
    this.#id = id;
    this.#context = context;
    const late = refusal(408, 'the request took too long');
    this.#headTimer = setTimeout(() => this.giveUp(late), context.headTimeoutMs);
    this.#client = open(this);
  }

  bytes(_: Wire, chunk: Buffer): void {
    if (this.#phase === 'origin') return this.#keep(chunk);
    if (this.#phase === 'silent') {
      this.#phase = 'head';
      this.#headTimer.refresh();
    }
    const result = this.#reader.push(chunk);
    if (result.kind === 'fault') this.#refuse(refusal(result.status, result.reason));
    if (result.kind === 'head') this.#judge(result.head, result.rest);
  }

  drained(): void {}

  ended(): void {
    this.#clientLeft();
  }

  closed(): void {
    this.#clientLeft();
  }

  /** Refuses a client that has asked something; one that has not is just left. */
  giveUp(answer: Refusal): void {
    if (this.#phase === 'silent') this.#client.destroy();
    else this.#refuse(answer);
  }

  #refuse(answer: Refusal, cause?: unknown): void {
    if (this.#phase === 'settled') return; // it has its answer
    this.#settle(answer.status, answer.reason, cause);
    this.#abandoned.abort();
    this.#client.send(writeRefusal(answer));
    linger(this.#client);
  }

  #judge(head: Head, rest: Buffer): void {
    clearTimeout(this.#headTimer);
    const request = readRequest(head);
    if ('status' in request) return this.#refuse(request);
    const domain = this.#context.routes.find(request.host);
    if (!domain) return this.#refuse(refusal(404, 'no such domain here'));
    this.#domain = domain;
    if (!domain.config.websocketEnabled) return this.#refuse(refusal(403, 'WebSocket is off for this domain'));
    const upgrade = readUpgrade(request);
    if ('status' in upgrade) return this.#refuse(upgrade);
    this.#phase = 'origin';
    if (rest.length > 0) this.#keep(rest);
    void this.#forward(domain, request, upgrade);
  }

  async #forward(domain: Domain, request: Request, upgrade: Upgrade): Promise<void> {
    const { dialPolicy, headTimeoutMs, log } = this.#context;
    const { signal } = this.#abandoned;
    const address = (this.#client.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    try {
      // This listener is plain, so FOLLOW means plain too.
      const secure = domain.config.backToOrigin === BackToOrigin.BACK_TO_ORIGIN_HTTPS;
      const origin = await dial(domain.config.origins, secure, dialPolicy, signal);
      const head = writeOriginRequest(request, { address, scheme: 'http' });
      this.#conclude(domain, request, origin, await ask(origin, head, upgrade, headTimeoutMs, signal));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof DialError) return this.#refuse(refusal(error.status, error.message), error.cause);
      // A fault of ours ends this handshake, not every tunnel of the process.
      log.error({ err: error, requestId: this.#id }, 'handshake failed');
      this.#refuse(refusal(500, 'internal error'));
    }
  }

  #conclude(domain: Domain, request: Request, origin: Wire, answer: Asked): void {
    const client = this.#client;
    if (answer.kind === 'final') {
      this.#settle(answer.status, 'answered by the origin');
      return relayAnswer(client, origin, answer);
    }
    if (domain.config.removed || !domain.config.websocketEnabled) {
      origin.destroy();
      return this.#refuse(refusal(403, 'WebSocket is off for this domain'));
    }
    this.#settle(101);
    const early = Buffer.concat(this.#early);
    this.#context.onSwitched({ id: this.#id, domain, request, client, origin, early, answer });
  }

  #keep(chunk: Buffer): void {
    this.#early.push(Buffer.from(chunk));
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes >= EARLY_BYTES) this.#client.pause();
  }

  #clientLeft(): void {
    if (this.#phase === 'settled') return;
    this.#settle(this.#phase === 'origin' ? 499 : undefined, 'the client left');
    this.#abandoned.abort();
    this.#client.destroy();
  }

  #settle(status: number | undefined, reason?: string, cause?: unknown): void {
    clearTimeout(this.#headTimer);
    this.#phase = 'settled';
    this.#context.onSettled(this);
    if (status === undefined) return;
    this.#domain?.figures.answered(status);
    this.#context.onAnswered(status);
    if (status === 101) return;
    const line = { requestId: this.#id, domain: this.#domain?.name, status, reason, err: cause };
    if (this.#domain) this.#context.log.info(line, 'handshake refused');
    else this.#context.log.debug(line, 'handshake refused');
  }
}
