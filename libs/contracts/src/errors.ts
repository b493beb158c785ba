import type { status } from '@grpc/grpc-js';

/**
 * The gRPC status names of failure. A broken rule carries one that its caller can act on; the others a client hears of
 * what failed by itself: INTERNAL, UNKNOWN, UNIMPLEMENTED, CANCELLED, DATA_LOSS.
 */
export type ErrorCode = Exclude<keyof typeof status, 'OK'>;

/** One bad field: its path in the request message (`origins[0].host`) and what would be right. */
export type FieldViolation = { field: string; description: string };

/** One prerequisite that is not met: its kind (`ENTERPRISE_VERIFICATION`), what lacks it, and what to do. */
export type PreconditionViolation = { type: string; subject: string; description: string };

export type ErrorDetails = {
  fieldViolations?: FieldViolation[];
  preconditions?: PreconditionViolation[];
  /** Machine-readable facts for `google.rpc.ErrorInfo.metadata`. Never a personal datum. */
  metadata?: Record<string, string>;
  /** What a client was told by `google.rpc.RetryInfo`: milliseconds until a repeat may help. */
  retryAfterMs?: number;
};

/**
 * A broken rule that the caller may know about.
 * `reason` is the stable, UPPER_SNAKE_CASE name in `google.rpc.ErrorInfo`; `message` says what to do next.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, reason: string, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** Bad input, every violation at once. */
export function invalidArgument(fieldViolations: FieldViolation[]): DomainError {
  const fields = fieldViolations.map((violation) => `${violation.field}: ${violation.description}`).join('; ');
  return new DomainError('INVALID_ARGUMENT', 'INVALID_FIELDS', fields, { fieldViolations });
}
