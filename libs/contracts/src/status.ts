import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError, StatusObject } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo } from '../gen/grpc/google/rpc/error_details.ts';
import { Status } from '../gen/grpc/google/rpc/status.ts';
import { DomainError } from './errors.ts';
import type { ErrorCode, ErrorDetails } from './errors.ts';

const statusKey = 'grpc-status-details-bin';
const errorDomain = 'longwire';
const retryAfter: Partial<Record<ErrorCode, { seconds: bigint; nanos: number }>> = {
  ABORTED: { seconds: 0n, nanos: 100_000_000 },
  UNAVAILABLE: { seconds: 1n, nanos: 0 },
};

/**
 * What a client sees of a thrown value: a broken rule with `google.rpc.Status` details, or INTERNAL without any.
 * ErrorInfo is always among the details; ABORTED and UNAVAILABLE carry RetryInfo (AIP-193, AIP-194).
 */
export function toStatus(error: unknown): StatusObject {
  const known =
    error instanceof DomainError
      ? { code: status[error.code], reason: error.reason, message: error.message, details: error.details }
      : { code: status.INTERNAL, reason: 'INTERNAL', message: 'internal error; the log has its cause', details: {} };
  const retry = error instanceof DomainError ? retryAfter[error.code] : undefined;
  const metadata = new Metadata();
  const value = Status.encode({
    code: known.code,
    message: known.message,
    details: [...encodeDetails(known.reason, known.details), ...(retry ? [encodeRetry(retry)] : [])],
  }).finish();
  metadata.set(statusKey, Buffer.from(value));
  return { code: known.code, details: known.message, metadata };
}

/** A failed call as a DomainError with all that the server said; without it (no connection, no time left) only the code. */
export function fromServiceError(error: ServiceError): DomainError {
  const [encoded] = error.metadata?.get(statusKey) ?? [];
  const details: ErrorDetails = {};
  const code = codeOf(error);
  let reason: string = code;
  for (const any of encoded instanceof Buffer ? Status.decode(encoded).details : []) {
    switch (any.typeUrl) {
      case typeUrl('ErrorInfo'): {
        const info = ErrorInfo.decode(any.value);
        reason = info.reason;
        details.metadata = Object.fromEntries(Object.entries(info.metadata));
        break;
      }
      case typeUrl('BadRequest'):
        details.fieldViolations = BadRequest.decode(any.value).fieldViolations.map(({ field, description }) => ({
          field,
          description,
        }));
        break;
      case typeUrl('PreconditionFailure'):
        details.preconditions = PreconditionFailure.decode(any.value).violations;
        break;
      case typeUrl('RetryInfo'): {
        const { seconds = 0n, nanos = 0 } = RetryInfo.decode(any.value).retryDelay ?? {};
        details.retryAfterMs = Number(seconds) * 1_000 + nanos / 1_000_000;
        break;
      }
      default:
    }
  }
  return new DomainError(code, reason, error.details, details);
}

function codeOf({ code }: ServiceError): ErrorCode {
  const name = status[code];
  return isErrorCode(name) ? name : 'UNKNOWN';
}

function isErrorCode(name: string | undefined): name is ErrorCode {
  return name !== undefined && name !== 'OK' && name in status;
}

function encodeDetails(reason: string, details: ErrorDetails) {
  const info = ErrorInfo.encode({ reason, domain: errorDomain, metadata: details.metadata ?? {} }).finish();
  const encoded = [{ typeUrl: typeUrl('ErrorInfo'), value: Buffer.from(info) }];
  if (details.fieldViolations) {
    const fieldViolations = details.fieldViolations.map((violation) => ({
      ...violation,
      reason: '',
      localizedMessage: undefined,
    }));
    encoded.push({
      typeUrl: typeUrl('BadRequest'),
      value: Buffer.from(BadRequest.encode({ fieldViolations }).finish()),
    });
  }
  if (details.preconditions) {
    const value = PreconditionFailure.encode({ violations: details.preconditions }).finish();
    encoded.push({ typeUrl: typeUrl('PreconditionFailure'), value: Buffer.from(value) });
  }
  return encoded;
}

function encodeRetry(retryDelay: { seconds: bigint; nanos: number }) {
  return { typeUrl: typeUrl('RetryInfo'), value: Buffer.from(RetryInfo.encode({ retryDelay }).finish()) };
}

function typeUrl(message: string): string {
  return `type.googleapis.com/google.rpc.${message}`;
}
