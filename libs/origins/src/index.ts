export { checkOriginHost, isForbiddenAddress, parseOriginAllow } from './policy.ts';
export type { OriginAllow, OriginHostProblem } from './policy.ts';
