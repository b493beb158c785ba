import { Advice } from '../advice.js';

/**
 * Refuses a machine that the suite cannot run on: the ClickHouse engine that comes by npm (chdb) and Node's own npm packages
 * exist for Linux with glibc and for macOS.
 * @param {{ platform: string, arch: string, glibc: boolean }} machine
 * @throws {Advice}
 */
export function checkPlatform({ platform, arch, glibc }) {
  const where = 'use Linux with glibc (Debian, Ubuntu, Fedora, …) or macOS, on x64 or arm64';
  if (platform === 'win32')
    throw new Advice(`The embedded ClickHouse does not exist for Windows: use WSL 2, or ${where}.`);
  if (platform !== 'linux' && platform !== 'darwin')
    throw new Advice(`Longwire's local start does not know ${platform}: ${where}.`);
  if (arch !== 'x64' && arch !== 'arm64')
    throw new Advice(`The embedded ClickHouse does not exist for ${arch} processors: ${where}.`);
  if (platform === 'linux' && !glibc)
    throw new Advice(`The embedded ClickHouse needs glibc, which this system (musl) lacks: ${where}.`);
}

/** This machine. */
export function thisMachine() {
  return { platform: process.platform, arch: process.arch, glibc: hasGlibc() };
}

function hasGlibc() {
  const report = process.report.getReport();
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report);
  return header.glibcVersionRuntime !== undefined;
}
