export { checkOriginHost, isForbiddenAddress } from './policy.ts';
export type { OriginAllow, OriginHostProblem } from './policy.ts';
export { contains, parseAddressRanges } from './ranges.ts';
export type { AddressRanges } from './ranges.ts';
