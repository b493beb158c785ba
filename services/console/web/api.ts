import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { AccountService } from '@longwire/contracts/connect/activation/v1/account_service';
import { ActivationService } from '@longwire/contracts/connect/activation/v1/activation_service';
import { DeskService } from '@longwire/contracts/connect/activation/v1/desk_service';
import { DomainService } from '@longwire/contracts/connect/config/v1/domain_service';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
} from '@longwire/contracts/connect/google/rpc/error_details';
import { MetricsService } from '@longwire/contracts/connect/metrics/v1/metrics_service';
import { NotificationService } from '@longwire/contracts/connect/notifier/v1/notification_service';
import { WebhookService } from '@longwire/contracts/connect/notifier/v1/webhook_service';

const transport = createConnectTransport({ baseUrl: '/api', defaultTimeoutMs: 10_000 });

export const accountService = createClient(AccountService, transport);
export const activationService = createClient(ActivationService, transport);
export const deskService = createClient(DeskService, transport);
export const domainService = createClient(DomainService, transport);
export const metricsService = createClient(MetricsService, transport);
export const notificationService = createClient(NotificationService, transport);
export const webhookService = createClient(WebhookService, transport);

/** A failed call, as a page can show it. */
export type Problem = {
  code: 'unauthenticated' | 'not-found' | 'unavailable' | 'other';
  /** A sentence: what is wrong, or what to do. */
  message: string;
  /** The stable name of the broken rule; empty where there is none. */
  reason: string;
  /** What is wrong with which field, by its path in the contract (`origins[0].host`). */
  fields: Record<string, string>;
  /** Prerequisites that are not met. */
  preconditions: { type: string; description: string }[];
};

/** Reads what a service said about a failed call. */
export function readProblem(error: unknown): Problem {
  const known = ConnectError.from(error);
  const [info] = known.findDetails(ErrorInfoSchema);
  const violations = known.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  const preconditions = known.findDetails(PreconditionFailureSchema).flatMap((failure) => failure.violations);
  return {
    code: codeOf(known.code),
    message: messageOf(error, known, info?.reason),
    reason: info?.reason ?? '',
    fields: Object.fromEntries(violations.map(({ field, description }) => [field, description])),
    preconditions: preconditions.map(({ type, description }) => ({ type, description })),
  };
}

function messageOf(error: unknown, { code, rawMessage }: ConnectError, reason: string | undefined): string {
  if (isUnreachable(error)) return 'The console does not answer. Check the connection and try again.';
  if (code === Code.DeadlineExceeded) return 'No answer came in time. Look again in a moment.';
  if (reason === 'ETAG_MISMATCH')
    return 'Somebody was faster: this has changed since the page showed it. Look at it as it is now, and decide again.';
  return sentence(rawMessage);
}

/** A text as a sentence: a capital at its start, a full stop at its end. */
export function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

function isUnreachable(error: unknown): boolean {
  const cause = error instanceof ConnectError ? error.cause : error;
  return cause instanceof TypeError;
}

function codeOf(code: Code): Problem['code'] {
  switch (code) {
    case Code.Unauthenticated:
      return 'unauthenticated';
    case Code.NotFound:
      return 'not-found';
    case Code.Unavailable:
      return 'unavailable';
    default:
      return 'other';
  }
}
