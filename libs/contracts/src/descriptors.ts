import { readFileSync } from 'node:fs';

/** The compiled contracts as a serialized `google.protobuf.FileDescriptorSet`, for server reflection. */
export function readDescriptors(): Buffer {
  return readFileSync(new URL('../gen/longwire.binpb', import.meta.url));
}
