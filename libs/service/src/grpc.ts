import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { authorize, verifyTokens } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import { implement, readDescriptors } from '@longwire/contracts';
import type { Handlers } from '@longwire/contracts';
import { HealthImplementation } from 'grpc-health-check';
import { formatAddress } from './env.ts';
import type { GrpcConfig } from './env.ts';
import type { Logger } from './logger.ts';

const stopBudgetMs = 5_000;
const maxMessageBytes = 1024 * 1024;

export type GrpcServer = AsyncDisposable & {
  /** host:port */
  address: string;
};

/** One service of a contract with its handlers, ready to be served; made by `bind`. */
export type BoundService = {
  definition: ServiceDefinition;
  implementation: (log: Logger) => UntypedServiceImplementation;
};

/** Joins a service definition with its handlers; the compiler sees that every rpc has one of the right types. */
export function bind<Definition extends ServiceDefinition>(
  definition: Definition,
  handlers: Handlers<Definition>,
): BoundService {
  return {
    definition,
    implementation: (log) =>
      implement(definition, handlers, (error, path) => log.error({ err: error, path }, 'call failed')),
  };
}

export type GrpcOptions = {
  /** Where to listen, and whose tokens to accept. */
  config: GrpcConfig;
  services: BoundService[];
  /** Roles by rpc path; what is not listed is denied. Health and reflection are open to anyone. */
  policy: Policy;
  log: Logger;
};

/** Serves gRPC with health (grpc.health.v1) and reflection; disposing finishes the calls under way within 5 s. */
export async function serveGrpc({ config, services, policy, log }: GrpcOptions): Promise<GrpcServer> {
  const authenticate = verifyTokens({
    issuer: config.AUTH_ISSUER,
    jwksUrl: config.AUTH_JWKS_URL,
    audience: config.AUTH_AUDIENCE,
  });
  const report = (error: unknown, path: string) => log.error({ err: error, path }, 'authentication failed');
  const server = new Server({
    interceptors: [authorize(authenticate, { ...openToAnyone, ...policy }, report)],
    'grpc.max_receive_message_length': maxMessageBytes,
  });
  for (const { definition, implementation } of services) server.addService(definition, implementation(log));
  const health = new HealthImplementation({ '': 'SERVING' });
  health.addToServer(server);
  new ReflectionService(loadFileDescriptorSetFromBuffer(readDescriptors()), {
    services: services.flatMap(({ definition }) => serviceName(definition)),
  }).addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(formatAddress(config.GRPC_LISTEN), ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  return {
    address: formatAddress({ ...config.GRPC_LISTEN, port }),
    async [Symbol.asyncDispose]() {
      health.setStatus('', 'NOT_SERVING');
      const late = setTimeout(() => server.forceShutdown(), stopBudgetMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(late);
    },
  };
}

const openToAnyone: Policy = {
  '/grpc.health.v1.Health/Check': 'anyone',
  '/grpc.health.v1.Health/Watch': 'anyone',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': 'anyone',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': 'anyone',
};

function serviceName(definition: ServiceDefinition): string[] {
  const path = Object.values(definition)[0]?.path.split('/')[1];
  return path === undefined ? [] : [path];
}
