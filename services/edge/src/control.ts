import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectNats, type Logger } from '@longwire/service';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { answerRpc, type RpcContext } from './answer-rpc.ts';
import { followConfig, type ConfigEvents } from './follow-config.ts';
import type { StatusReport } from './report-status.ts';
import type { Publish, Spool } from './spool.ts';
import { Trouble } from './trouble.ts';

export interface ControlOptions {
  readonly natsUrl: string;
  readonly edgeId: string;
  readonly events: ConfigEvents;
  readonly status: StatusReport;
  readonly spool: Spool;
  readonly rpc: RpcContext;
  readonly log: Logger;
}

const RETRY_MS = 5_000;
const PUBLISH_MS = 2_000;
/** How long everything may take when the edge stops, the last batches above all. */
const STOP_MS = 4_000;

/**
 * The edge's side of the control plane: config in, status and samples out. It connects in the background, for as long
 * as that takes, and the data plane never waits for it. Disposing sends the samples that wait, within 4 s.
 */
export function startControl(options: ControlOptions): AsyncDisposable {
  const stopping = new AbortController();
  const running = stayConnected(options, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })]);
      if (options.spool.size > 0) options.log.warn({ batches: options.spool.size }, 'last samples not stored');
    },
  };
}

async function stayConnected(options: ControlOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await connectAndRun(options, signal);
    } catch (error) {
      // Refused credentials, above all. An edge that cannot reach its control plane serves on.
      options.log.error({ err: error }, 'control plane out of reach, trying again');
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

async function connectAndRun(options: ControlOptions, signal: AbortSignal): Promise<void> {
  const connecting = connectNats(options.natsUrl, `edge ${options.edgeId}`, options.log);
  const nats = await Promise.race([connecting, once(signal, 'abort')]);
  if (Array.isArray(nats)) {
    connecting.then(
      (late) => late.close(),
      () => {},
    );
    return;
  }
  const lost = new AbortController();
  void nats.closed().then(() => lost.abort());
  try {
    await runParts(nats, options, AbortSignal.any([signal, lost.signal]));
    if (!nats.isClosed()) await options.spool.flush(publisher(nats, options));
  } finally {
    await nats.close();
  }
}

async function runParts(nats: NatsConnection, options: ControlOptions, signal: AbortSignal): Promise<void> {
  const { events, status, spool, rpc, log } = options;
  const trouble = new Trouble(log, 'samples not stored');
  const publish = publisher(nats, options);
  const publishAndTell: Publish = async (batch) => {
    await publish(batch);
    trouble.over();
  };
  await Promise.all([
    followConfig(nats, events, log, signal),
    status.run(nats, log, signal),
    answerRpc(nats, rpc, signal),
    spool.run(publishAndTell, (error) => trouble.met(error), signal),
  ]);
}

/**
 * Stored is what the stream acknowledges. Without a message id, for the stream would answer for a first copy that it may have
 * lost with its leader; a batch that is sent again replaces itself where it is read.
 */
function publisher(nats: NatsConnection, { edgeId }: ControlOptions): Publish {
  const client = jetstream(nats);
  return async ({ data }) => {
    await client.publish(`samples.${edgeId}`, data, { timeout: PUBLISH_MS });
  };
}
