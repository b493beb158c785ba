/** What the suite is run with; the packages' own versions are in pnpm-lock.yaml. */
export const nodeVersion = '24.21.0';
export const pnpmVersion = '12.21.0';

/** The first nats-server with everything that the streams' settings ask for and its optimistic lock sound on replicated streams. */
export const oldestNatsServer = '2.10.25';

/**
 * Compares dotted versions by number; what follows the numbers (-rc.1, +b2) does not count.
 * @param {string} version
 * @param {string} least
 * @returns {boolean} whether version ≥ least
 */
export function isAtLeast(version, least) {
  const [a, b] = [numbers(version), numbers(least)];
  const at = [0, 1, 2].find((i) => (a[i] ?? 0) !== (b[i] ?? 0));
  return at === undefined || (a[at] ?? 0) > (b[at] ?? 0);
}

/** @param {string} version */
function numbers(version) {
  const [plain = ''] = version.replace(/^v/, '').split(/[-+~]/);
  return plain.split('.').map(Number);
}
