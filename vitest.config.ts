import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// What boots the whole suite, or keeps a promise about time on real sockets: one file after another, with the machine to itself.
const alone = [
  'test/**/*.test.ts',
  'services/edge/test/**/*.test.ts',
  'services/console/test/*.browser.test.ts',
  'libs/eventlog/test/cluster.test.ts',
];

// The others mostly wait: for processes that start, stop and come back.
const workers = Math.max(3, availableParallelism());

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['{libs,services,deploy,bench}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          maxWorkers: workers,
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
