import type { DescMethod, DescMethodUnary, DescService, Message } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextKey } from '@connectrpc/connect';
import type { ConnectRouter, ConnectRouterOptions, HandlerContext, Transport } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { Http2SessionManager, compressionGzip, createGrpcTransport } from '@connectrpc/connect-node';
import { AccountService } from '@longwire/contracts/connect/activation/v1/account_service';
import { ActivationService } from '@longwire/contracts/connect/activation/v1/activation_service';
import { DeskService } from '@longwire/contracts/connect/activation/v1/desk_service';
import { DomainService } from '@longwire/contracts/connect/config/v1/domain_service';
import { EdgeService } from '@longwire/contracts/connect/edge/v1/edge_service';
import { MetricsService } from '@longwire/contracts/connect/metrics/v1/metrics_service';
import { NotificationService } from '@longwire/contracts/connect/notifier/v1/notification_service';
import { WebhookService } from '@longwire/contracts/connect/notifier/v1/webhook_service';
import type { FastifyInstance } from 'fastify';
import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { isFromOwnPage } from './browser-guard.ts';
import type { Config } from './config.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

const defaultDeadlineMs = 10_000;
const longestDeadlineMs = 30_000;
const maxRequestBytes = 256 * 1024;
const maxResponseBytes = 8 * 1024 * 1024;

type Deps = { config: Config; sessions: Sessions; cookie: SessionCookie; registry: Registry };
type Seconds = Histogram<'service' | 'code'>;

const bearer = createContextKey('', { description: 'the caller’s authorization' });

/**
 * Serves the contracts at /api/<package.Service>/<Method> as Connect, which is HTTP with JSON or protobuf bodies, and
 * forwards each call over gRPC with the caller's bearer token. Errors keep their code, message and details.
 */
export async function serveGateway(app: FastifyInstance, deps: Deps): Promise<Disposable> {
  const { config, sessions, cookie } = deps;
  const seconds = new Histogram({
    name: 'longwire_console_call_seconds',
    help: 'How long calls to the services took, by service and outcome.',
    labelNames: ['service', 'code'],
    registers: [deps.registry],
  });
  const backends = [
    openBackend('activation', config.ACTIVATION_URL, [AccountService, ActivationService, DeskService], seconds),
    openBackend('config', config.CONFIG_URL, [DomainService, EdgeService], seconds),
    openBackend('metrics', config.METRICS_URL, [MetricsService], seconds),
    openBackend('notifier', config.NOTIFIER_URL, [NotificationService, WebhookService], seconds),
  ];
  const readId = (header: string | null) => cookie.read(app.parseCookie(header ?? ''));
  const options: ConnectRouterOptions = {
    grpc: false,
    grpcWeb: false,
    acceptCompression: [compressionGzip],
    readMaxBytes: maxRequestBytes,
    // A misspelt field or enum value is an error, as in proto3 JSON, not a field that was left out.
    jsonOptions: { ignoreUnknownFields: false },
    maxTimeoutMs: longestDeadlineMs,
    requestGate: async ({ requestHeader, values }) => {
      values.set(bearer, await authorization(requestHeader, config.CONSOLE_URL, sessions, readId));
    },
  };
  const routes = (router: ConnectRouter) => backends.forEach((backend) => backend.addRoutes(router));
  await app.register(fastifyConnectPlugin, { ...options, routes, prefix: '/api' });
  return {
    [Symbol.dispose]: () => backends.forEach((backend) => backend.close()),
  };
}

function openBackend(name: string, baseUrl: string, services: DescService[], seconds: Seconds) {
  const sessionManager = new Http2SessionManager(baseUrl, { pingIntervalMs: 30_000, pingIdleConnection: true });
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager,
    acceptCompression: [],
    readMaxBytes: maxResponseBytes,
  });
  return {
    addRoutes(router: ConnectRouter) {
      for (const method of services.flatMap((service) => service.methods).filter(isUnary))
        router.rpc(method, forward(name, transport, method, seconds));
    },
    close: () => sessionManager.abort(),
  };
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === 'unary';
}

function forward(name: string, transport: Transport, method: DescMethodUnary, seconds: Seconds) {
  return async (request: Message, context: HandlerContext) => {
    const header = new Headers({ authorization: context.values.get(bearer) });
    const traceparent = context.requestHeader.get('traceparent');
    if (traceparent !== null) header.set('traceparent', traceparent);
    const timeoutMs = context.timeoutMs() ?? defaultDeadlineMs;
    const end = seconds.startTimer({ service: name });
    try {
      const { message } = await transport.unary(method, context.signal, timeoutMs, header, request);
      end({ code: 'ok' });
      return message;
    } catch (error) {
      const answer = asAnswer(error, name);
      end({ code: codeToString(answer.code) });
      throw answer;
    }
  };
}

/** What a service answered passes as it is; that a service did not answer is said without its address. */
function asAnswer(error: unknown, name: string): ConnectError {
  const known = ConnectError.from(error);
  if (known.isWireError || known.code !== Code.Unavailable) return known;
  return new ConnectError(`the ${name} service does not answer; try again`, Code.Unavailable, undefined, [], error);
}

/**
 * The authorization that a call travels with: its own, as programs send it, or that of the browser's session, which
 * counts only for requests of our own pages.
 */
async function authorization(
  headers: Headers,
  consoleUrl: string,
  sessions: Sessions,
  readId: (cookieHeader: string | null) => string | undefined,
): Promise<string> {
  const own = headers.get('authorization');
  if (own !== null) return own;
  const id = readId(headers.get('cookie'));
  if (id === undefined) throw new ConnectError('sign in, or send a bearer token', Code.Unauthenticated);
  if (!isFromOwnPage((name) => headers.get(name), consoleUrl))
    throw new ConnectError('a session counts only on pages of the console', Code.PermissionDenied);
  const tokens = await sessions.tokens(id).catch((error: unknown) => {
    throw new ConnectError('the session cannot be read now; try again', Code.Unavailable, undefined, [], error);
  });
  if (!tokens) throw new ConnectError('the session has ended; sign in again', Code.Unauthenticated);
  return `Bearer ${tokens.accessToken}`;
}
