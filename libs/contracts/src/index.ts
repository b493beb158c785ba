export { createClient } from './client.ts';
export type { CallOptions, ClientOptions, PromiseClient } from './client.ts';
export { DomainError, invalidArgument } from './errors.ts';
export type { ErrorCode, ErrorDetails, FieldViolation, PreconditionViolation } from './errors.ts';
export { implement } from './server.ts';
export type { Call, Handlers, ReportFailure, StreamingMethod, UnaryMethod } from './server.ts';
export { fromServiceError, toStatus } from './status.ts';
export { readDescriptors } from './descriptors.ts';
