import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition, ServiceError } from '@grpc/grpc-js';
import { fromServiceError } from './status.ts';
import type { StreamingMethod, UnaryMethod } from './server.ts';

/** One promise-returning method per rpc of a service definition; an iterable where the answer is a stream. */
export type PromiseClient<Definition> = Disposable & {
  [Rpc in keyof Definition]: Definition[Rpc] extends UnaryMethod<infer Request, infer Response>
    ? (request: Partial<Request>, options?: CallOptions) => Promise<Response>
    : Definition[Rpc] extends StreamingMethod<infer Request, infer Response>
      ? (request: Partial<Request>, options?: CallOptions) => AsyncIterable<Response>
      : never;
};

export type CallOptions = {
  /** Bearer token (JWT); instead of the client's own. */
  token?: string;
  /** Milliseconds until the call fails with DEADLINE_EXCEEDED; 10,000 unless told, without end for a stream. */
  deadlineMs?: number;
};

export type ClientOptions = {
  /** The bearer token (JWT). Asked for before each call, so that an expiring one can be replaced. */
  token?: () => string | Promise<string>;
  /** The deadline of calls that name none, in milliseconds. */
  deadlineMs?: number;
};

/**
 * A client with promises and deadlines for a service definition. A failed call throws DomainError
 * with the code, reason and details that the server gave.
 * @param address host:port
 */
export function createClient<Definition extends ServiceDefinition>(
  definition: Definition,
  address: string,
  options: ClientOptions = {},
): PromiseClient<Definition> {
  const channel = new Client(address, credentials.createInsecure());
  const tokenFor = async ({ token }: CallOptions) => token ?? (await options.token?.());
  const methods = Object.entries(definition).map(([rpc, method]) => [
    rpc,
    method.responseStream
      ? (request: Record<string, unknown>, call: CallOptions = {}) => stream(channel, method, request, call, tokenFor)
      : async (request: Record<string, unknown>, call: CallOptions = {}) =>
          unary(
            channel,
            method,
            request,
            await tokenFor(call),
            call.deadlineMs ?? options.deadlineMs ?? defaultDeadlineMs,
          ),
  ]);
  return Object.assign(Object.fromEntries(methods), { [Symbol.dispose]: () => channel.close() });
}

const defaultDeadlineMs = 10_000;

function unary(
  channel: Client,
  method: MethodDefinition<object, unknown>,
  request: Record<string, unknown>,
  token: string | undefined,
  deadlineMs: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    channel.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      messageOf(method, request),
      metadataOf(token),
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null, response: unknown) => (error ? reject(fromServiceError(error)) : resolve(response)),
    );
  });
}

/** Ending the iteration cancels the call. */
async function* stream(
  channel: Client,
  method: MethodDefinition<object, unknown>,
  request: Record<string, unknown>,
  call: CallOptions,
  tokenFor: (call: CallOptions) => Promise<string | undefined>,
): AsyncGenerator {
  const answers = channel.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    messageOf(method, request),
    metadataOf(await tokenFor(call)),
    call.deadlineMs === undefined ? {} : { deadline: Date.now() + call.deadlineMs },
  );
  try {
    yield* answers;
  } catch (error) {
    throw isServiceError(error) ? fromServiceError(error) : error;
  } finally {
    answers.cancel();
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** Fields that the caller left out take their proto3 defaults: decoding nothing yields them. */
function messageOf(method: MethodDefinition<object, unknown>, request: Record<string, unknown>): object {
  return Object.assign(method.requestDeserialize(Buffer.alloc(0)), request);
}
