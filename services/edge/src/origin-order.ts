import type { OriginAddress } from '@longwire/contracts/edge/v1/domain_config';

/**
 * The order in which a handshake tries the origins: those with a weight are drawn one after the other, each in proportion to
 * its weight among those that are left; then come those without one, as they stand.
 * @param random from 0 up to, not including, 1
 */
export function inOrderOfTrial(origins: readonly OriginAddress[], random: () => number): readonly OriginAddress[] {
  if (!origins.some(({ weight }) => weight > 0)) return origins;
  const left = origins.filter(({ weight }) => weight > 0);
  const order: OriginAddress[] = [];
  while (left.length > 0) order.push(...left.splice(draw(left, random()), 1));
  return [...order, ...origins.filter(({ weight }) => weight <= 0)];
}

/** The place of the one that is drawn. */
function draw(origins: readonly OriginAddress[], random: number): number {
  const sum = origins.reduce((total, { weight }) => total + weight, 0);
  let point = random * sum;
  return origins.findIndex(({ weight }) => (point -= weight) < 0);
}
