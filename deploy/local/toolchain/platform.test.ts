import { expect, test } from 'vitest';
import { checkPlatform, thisMachine } from './platform.js';

test.each([
  { platform: 'linux', arch: 'x64', glibc: true },
  { platform: 'linux', arch: 'arm64', glibc: true },
  { platform: 'darwin', arch: 'arm64', glibc: false },
  thisMachine(),
])('$platform $arch runs the suite', (machine) => {
  expect(() => checkPlatform(machine)).not.toThrow();
});

test.each([
  { platform: 'linux', arch: 'x64', glibc: false, says: 'musl' },
  { platform: 'linux', arch: 'riscv64', glibc: true, says: 'riscv64 processors' },
  { platform: 'win32', arch: 'x64', glibc: false, says: 'WSL 2' },
  { platform: 'freebsd', arch: 'x64', glibc: false, says: 'freebsd' },
])('$platform $arch with glibc $glibc is refused in a sentence', ({ says, ...machine }) => {
  expect(() => checkPlatform(machine)).toThrow(says);
});
