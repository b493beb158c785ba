import { readFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';

/** On what and when something was measured, in a line. */
export async function aboutMachine(): Promise<string> {
  const system = /PRETTY_NAME="(.*)"/.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1] ?? 'Linux';
  const machine = `${cpus().length} cores ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date} · ${machine} · ${system}, Linux ${release()}`;
}
