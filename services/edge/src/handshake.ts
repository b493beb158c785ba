import type { Logger } from '@longwire/service';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { whyNotAllowed } from './allowed.ts';
import { ask, type Asked } from './ask.ts';
import { Cancellation } from './cancellation.ts';
import { dial, DialError, type DialPolicy } from './dial.ts';
import { writeOriginRequest } from './forward.ts';
import { cameByTls, clientAddress, type Arrival } from './forwarded.ts';
import { HeadReader, type Head } from './head.ts';
import { TOO_MANY, TOO_MUCH, type Limits } from './limits.ts';
import { linger } from './linger.ts';
import { inOrderOfTrial } from './origin-order.ts';
import { refusal, writeRefusal, type Refusal } from './refusal.ts';
import { relayAnswer } from './relay-answer.ts';
import { requestIdIn } from './request-id.ts';
import { readRequest, readUpgrade, type Request, type Upgrade } from './request.ts';
import type { Domain, Routes } from './routes.ts';
import { whyShut } from './shut.ts';
import type { Opened } from './tunnel.ts';
import type { Wire, WireEvents } from './wire.ts';

/** What a handshake needs of the edge. */
export interface HandshakeContext {
  readonly routes: Routes;
  readonly dialPolicy: DialPolicy;
  readonly log: Logger;
  /** How long a head may take, the client's from its first byte and the origin's, in milliseconds. */
  readonly headTimeoutMs: number;
  readonly limits: Limits;
  /** A client was answered, or left (499). */
  readonly onAnswered: (status: number) => void;
  /** The origin has switched. Both wires are paused or may still bring bytes; `early` came from the client before the 101. */
  readonly onSwitched: (opening: Opening) => void;
  /** This handshake is over, in whichever way. */
  readonly onSettled: (handshake: Handshake) => void;
}

export interface Opening {
  readonly domain: Domain;
  readonly opened: Opened;
  /** From the first byte of the request until now, in milliseconds. */
  readonly took: number;
  readonly client: Wire;
  readonly origin: Wire;
  readonly early: Buffer;
  readonly answer: Extract<Asked, { kind: 'switched' }>;
}

/** How much of what a client sends before it has its 101 is kept; a client that sends more is not read until then. */
const EARLY_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** One client connection from its first byte until it is refused, answered by its origin, or a tunnel. */
export class Handshake implements WireEvents {
  readonly #id: string;
  #requestId: string;
  #begunAt = 0;
  readonly #context: HandshakeContext;
  readonly #client: Wire;
  readonly #arrival: Arrival;
  readonly #reader = new HeadReader();
  readonly #headTimer: NodeJS.Timeout;
  /** When the client gets no tunnel any more, whatever goes on with the origin ends. */
  readonly #abandoned = new Cancellation();
  #phase: 'silent' | 'head' | 'origin' | 'settled' = 'silent';
  #domain: Domain | undefined;
  #early: Buffer[] = [];
  #earlyBytes = 0;

  /** @param client tells its events to this handshake from now on */
  constructor(id: string, context: HandshakeContext, client: Wire, arrival: Arrival) {
    this.#id = this.#requestId = id;
    this.#context = context;
    const late = refusal(408, 'the request took too long');
    this.#headTimer = setTimeout(() => this.giveUp(late), context.headTimeoutMs);
    this.#client = client;
    this.#arrival = arrival;
    client.events = this;
  }

  bytes(_: Wire, chunk: Buffer): void {
    if (this.#phase === 'origin') return this.#keep(chunk);
    if (this.#phase === 'silent') {
      this.#phase = 'head';
      this.#begunAt = performance.now();
      this.#headTimer.refresh();
    }
    try {
      const result = this.#reader.push(chunk);
      if (result.kind === 'fault') this.#refuse(refusal(result.status, result.reason));
      if (result.kind === 'head') this.#judge(result.head, result.rest);
    } catch (error) {
      this.#failed(error);
    }
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
    this.#abandoned.cancel();
    this.#client.send(writeRefusal(answer));
    linger(this.#client);
  }

  #judge(head: Head, rest: Buffer): void {
    clearTimeout(this.#headTimer);
    const request = readRequest(head);
    if ('status' in request) return this.#refuse(request);
    this.#requestId = requestIdIn(request.fields) ?? this.#id;
    const domain = this.#context.routes.find(request.host);
    if (!domain) return this.#refuse(refusal(404, 'no such domain here'));
    if (this.#isMisdirected(request, domain)) return this.#refuse(refusal(421, 'the TLS handshake named another host'));
    this.#domain = domain;
    const shut = whyShut(domain.config);
    if (shut) return this.#refuse(shut.answer);
    const upgrade = readUpgrade(request);
    if ('status' in upgrade) return this.#refuse(upgrade);
    const notAllowed = whyNotAllowed(domain.config, request, upgrade);
    if (notAllowed) return this.#refuse(notAllowed);
    if (domain.pace?.isOver === true) return this.#refuse(TOO_MUCH);
    if (!this.#isWithinLimits(request, domain)) return this.#refuse(TOO_MANY);
    this.#phase = 'origin';
    if (rest.length > 0) this.#keep(rest);
    void this.#forward(domain, request, upgrade);
  }

  /** Hosts of one domain may share a connection, as its certificate does; another domain's may not (RFC 9110, section 15.5.20). */
  #isMisdirected({ host }: Request, domain: Domain): boolean {
    const { serverName } = this.#arrival;
    return serverName !== undefined && serverName !== host && this.#context.routes.find(serverName) !== domain;
  }

  #isWithinLimits({ fields }: Request, domain: Domain): boolean {
    const { limits } = this.#context;
    const address = clientAddress(fields, this.#arrival, limits.trusted);
    if (this.#arrival.isTrusted && !limits.admit(address, this.#client)) return false;
    return limits.admitTo(domain, this.#client);
  }

  async #forward(domain: Domain, request: Request, upgrade: Upgrade): Promise<void> {
    const { dialPolicy, headTimeoutMs } = this.#context;
    try {
      const secure = goesByTls(domain.config.backToOrigin, cameByTls(request.fields, this.#arrival));
      const origins = inOrderOfTrial(domain.config.origins, Math.random);
      const { origin, wire } = await dial(origins, secure, dialPolicy, this.#abandoned);
      if (this.#abandoned.isCancelled) return wire.destroy();
      const head = writeOriginRequest(request, this.#arrival, this.#requestId, origin.hostHeader);
      await ask(wire, head, upgrade, headTimeoutMs, this.#abandoned, (answer) =>
        this.#conclude(domain, request, wire, answer),
      );
    } catch (error) {
      if (this.#abandoned.isCancelled) return;
      if (error instanceof DialError) return this.#refuse(refusal(error.status, error.message), error.cause);
      this.#failed(error);
    }
  }

  /** A fault of ours ends this handshake, not every tunnel of the process. */
  #failed(error: unknown): void {
    this.#context.log.error({ err: error, requestId: this.#requestId }, 'handshake failed');
    if (this.#phase === 'settled') this.#client.destroy();
    else this.#refuse(refusal(500, 'internal error'));
  }

  #conclude(domain: Domain, request: Request, origin: Wire, answer: Asked): void {
    const client = this.#client;
    if (answer.kind === 'final') {
      this.#settle(answer.status, 'answered by the origin');
      return relayAnswer(client, origin, answer);
    }
    const shut = whyShut(domain.config);
    if (shut) {
      origin.destroy();
      return this.#refuse(shut.answer);
    }
    this.#settle(101);
    const at = performance.now();
    const opened = {
      id: this.#id,
      requestId: this.#requestId,
      clientAddress: clientAddress(request.fields, this.#arrival, this.#context.limits.trusted),
      path: request.target.replace(/\?.*/, ''),
      subprotocol: answer.subprotocol,
      configVersion: domain.config.version,
      at,
    };
    const early = this.#early.length > 0 ? Buffer.concat(this.#early) : NOTHING;
    this.#context.onSwitched({ domain, opened, took: at - this.#begunAt, client, origin, early, answer });
  }

  #keep(chunk: Buffer): void {
    this.#early.push(Buffer.from(chunk));
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes >= EARLY_BYTES) this.#client.pause();
  }

  #clientLeft(): void {
    if (this.#phase === 'settled') return;
    this.#settle(this.#phase === 'origin' ? 499 : undefined, 'the client left');
    this.#abandoned.cancel();
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
    const line = { requestId: this.#requestId, domain: this.#domain?.name, status, reason, err: cause };
    if (this.#domain) this.#context.log.info(line, 'handshake refused');
    else this.#context.log.debug(line, 'handshake refused');
  }
}

/** Whether the origin is reached by TLS: by what its domain says, or as the client came. Never less secure than asked. */
function goesByTls(backToOrigin: BackToOrigin, clientCameByTls: boolean): boolean {
  switch (backToOrigin) {
    case BackToOrigin.BACK_TO_ORIGIN_HTTPS:
      return true;
    case BackToOrigin.BACK_TO_ORIGIN_HTTP:
      return false;
    default:
      return clientCameByTls;
  }
}
