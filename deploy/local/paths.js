import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What was fetched or built and can be fetched or built again. */
export const cacheDir = join(root, '.cache');
