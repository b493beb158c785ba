import { ServerInterceptingCall } from '@grpc/grpc-js';
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js';
import { DomainError, toStatus } from '@longwire/contracts';
import type { ReportFailure } from '@longwire/contracts';
import type { Caller, Role } from './caller.ts';
import { bearerToken } from './tokens.ts';
import type { Authenticate } from './tokens.ts';

/** Who may call what: roles by the path of an rpc (`/package.Service/Method`), or anyone. What is not listed is denied. */
export type Policy = Readonly<Record<string, readonly Role[] | 'anyone'>>;

const callers = new WeakMap<Metadata, Caller>();

/** Denies by default: a call passes only when its path is in the policy and its token carries one of the roles named there. */
export function authorize(authenticate: Authenticate, policy: Policy, report: ReportFailure): ServerInterceptor {
  return ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            identify(metadata, path).then(
              () => pass(metadata),
              (error: unknown) => {
                if (!(error instanceof DomainError) || error.code === 'UNAVAILABLE') report(error, path);
                call.sendStatus(toStatus(error));
              },
            );
          },
        }),
    });

  async function identify(metadata: Metadata, path: string): Promise<void> {
    const allowed = Object.hasOwn(policy, path) ? policy[path] : undefined;
    if (allowed === 'anyone') return;
    const caller = await authenticate(bearerToken(metadata.get('authorization')[0]?.toString()));
    if (!allowed?.some((role) => caller.roles.includes(role)))
      throw new DomainError(
        'PERMISSION_DENIED',
        'ROLE_MISSING',
        `this call is for: ${allowed?.join(', ') ?? 'nobody'}`,
      );
    callers.set(metadata, caller);
  }
}

/** The caller whom the interceptor let through; UNAUTHENTICATED if it let nobody through with this metadata. */
export function callerOf(metadata: Metadata): Caller {
  const caller = callers.get(metadata);
  if (!caller) throw new DomainError('UNAUTHENTICATED', 'NO_CALLER', 'the call carries no verified identity');
  return caller;
}
