import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition, ServiceError } from '@grpc/grpc-js';
import { fromServiceError } from './status.ts';
import type { UnaryMethod } from './server.ts';

/** One promise-returning method per rpc of a service definition. */
export type PromiseClient<Definition> = Disposable & {
  [Rpc in keyof Definition]: Definition[Rpc] extends UnaryMethod<infer Request, infer Response>
    ? (request: Partial<Request>, options?: CallOptions) => Promise<Response>
    : never;
};

export type CallOptions = {
  /** Bearer token (JWT); instead of the client's own. */
  token?: string;
  /** Milliseconds until the call fails with DEADLINE_EXCEEDED; 10,000 unless told. */
  deadlineMs?: number;
};

export type ClientOptions = {
  /** The bearer token (JWT). Asked for before each call, so that an expiring one can be replaced. */
  token?: () => string | Promise<string>;
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
  const methods = Object.entries(definition).map(([rpc, method]) => [
    rpc,
    async (request: Record<string, unknown>, { token, deadlineMs = 10_000 }: CallOptions = {}) =>
      unary(channel, method, request, token ?? (await options.token?.()), deadlineMs),
  ]);
  return Object.assign(Object.fromEntries(methods), { [Symbol.dispose]: () => channel.close() });
}

function unary(
  channel: Client,
  method: MethodDefinition<object, unknown>,
  request: Record<string, unknown>,
  token: string | undefined,
  deadlineMs: number,
): Promise<unknown> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  // Fields that the caller left out take their proto3 defaults: decoding nothing yields them.
  const message = Object.assign(method.requestDeserialize(Buffer.alloc(0)), request);
  return new Promise((resolve, reject) => {
    channel.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      message,
      metadata,
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null, response: unknown) => (error ? reject(fromServiceError(error)) : resolve(response)),
    );
  });
}
