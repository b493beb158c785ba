export { type Aggregate, etagOf, type Handled, handle, load, type Loaded } from './aggregate.ts';
export { append, type Appended, Conflict, isWrongLastSequence } from './append.ts';
export {
  decodeRecorded,
  type DomainEvent,
  type Meta,
  type Recorded,
  type StoredMessage,
  UndecodableMessage,
} from './codec.ts';
export { consume, consumeBatches, type ConsumeOptions, type Running } from './consumer.ts';
export { deadLetters } from './dead-letters.ts';
export { type BucketEntry, followBucket, type FollowOptions } from './follow-bucket.ts';
export { history } from './history.ts';
export { type LeftOut, parseLeftOut } from './left-out.ts';
export {
  project,
  type Projection,
  type ProjectionOptions,
  type ProjectionSource,
  type Unreadable,
} from './projection.ts';
export { isStreamMissing, withinBudget } from './retry.ts';
export {
  ensureBucket,
  ensureStream,
  type EventLog,
  type EventLogOptions,
  openBucket,
  openEventLog,
  type StreamSpec,
} from './stream.ts';
