import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { arch, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { ensureBucket, ensureStream } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { startNats } from '@longwire/testing';
import { selfSigned } from '../services/edge/test/certificate.ts';
import { buildPrograms, type Programs } from './edge/build.ts';
import { measure, measureIdle, type Measured, type Scenario } from './edge/measure.ts';
import { launch, linesOf } from './edge/processes.ts';
import { startProxy, versionOf, type Proxy, type ProxyName, type Surroundings } from './edge/proxies.ts';
import { table, writeBetweenMarkers, type Peers, type Row } from './edge/table.ts';

const USAGE = `npm run bench -- edge [--rounds N] [--quick] [--only TEXT] [--without-tls]
Measures the edge beside nginx and HAProxy, where they are installed, and writes the table into bench/README.md.
  --rounds N     rounds of all scenarios (5; with --quick 2)
  --quick        short runs, two rounds; the table is printed only
  --only TEXT    scenarios whose name contains the text, without memory; the table is printed only
  --without-tls  leaves the TLS scenarios out`;

const IDLE = { full: 8_000, quick: 2_000 };

function scenarios(isTls: boolean): Scenario[] {
  const name = (text: string) => (isTls ? `TLS, ${text}` : text);
  const echo = { kind: 'echo', isTls } as const;
  const all: Scenario[] = [
    { ...echo, name: name('µs per echo, 100 connections of 128 B'), connections: 100, size: 128, depth: 1 },
    { ...echo, name: name('µs per echo, 1,000 connections of 128 B'), connections: 1_000, size: 128, depth: 1 },
    { ...echo, name: name('µs per echo, 100 of 128 B, 8 in flight'), connections: 100, size: 128, depth: 8 },
    { ...echo, name: name('µs per echo, 20 of 64 KiB'), connections: 20, size: 65_536, depth: 1 },
    { kind: 'handshake', isTls, name: name('µs per handshake'), parallel: 64 },
  ];
  return isTls ? all.filter(({ name }) => !/1,000|flight/.test(name)) : all;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'without-tls': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(USAGE);
else await main(Number(options.rounds ?? (options.quick ? 2 : 5)));

async function main(rounds: number): Promise<void> {
  const programs = await buildPrograms();
  const peers = await installed();
  await using parts = new AsyncDisposableStack();
  const around = await surround(parts, programs);
  const hasTls = programs.hasTls && !options['without-tls'];
  const chosen = [...scenarios(false), ...(hasTls ? scenarios(true) : [])].filter(({ name }) =>
    name.includes(options.only),
  );
  const names: ProxyName[] = ['edge', ...peers];
  const rows = await measureRounds(chosen, names, rounds, around, programs);
  const connections = options.quick ? IDLE.quick : IDLE.full;
  const bytes = options.only ? undefined : await measureMemory(names, connections, around, programs);
  const idle = bytes && { connections, bytes };
  const text = `${table(rows, idle, peers)}\n\n${await about(names, rounds)}`;
  console.log(text);
  if (!options.quick && !options.only) {
    await writeBetweenMarkers(join(import.meta.dirname, 'README.md'), 'edge', text);
  }
}

async function installed(): Promise<Peers> {
  const peers = ['nginx', 'haproxy'] as const;
  const versions = await Promise.all(peers.map(versionOf));
  return peers.filter((peer, at) => {
    if (versions[at] === undefined) console.log(`${peer} is not installed, and left out.`);
    return versions[at] !== undefined;
  });
}

/** Starts what stands around the proxies: the origin, and a control plane of which the edge learns its domain. */
async function surround(parts: AsyncDisposableStack, { origin }: Programs): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), 'longwire-bench-'));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const originPort = Number(await linesOf(parts.use(launch('others', [origin], { output: 'read' })))());
  const nats = parts.use(await startNats());
  await using connection = {
    nats: await connectNats(nats.url, 'bench', createLogger('bench', 'silent')),
    [Symbol.asyncDispose]: () => connection.nats.close(),
  };
  await ensureStream(connection.nats, { name: 'SAMPLES', subjects: ['samples.*'] });
  const bucket = await ensureBucket(connection.nats, 'edge-config');
  const config = DomainConfig.create({
    domainName: 'bench.test',
    accountId: 'bench',
    version: 1n,
    websocketEnabled: true,
    heartbeatSeconds: 600,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP,
    origins: [{ host: '127.0.0.1', httpPort: originPort, httpsPort: originPort }],
  });
  await bucket.put('bench_test', JSON.stringify(DomainConfig.toJSON(config)));
  const certificate = await writeCertificate(join(folder, 'tls'));
  return { folder, originPort, natsUrl: nats.url, connections: IDLE.full, certificate };
}

async function writeCertificate(folder: string): Promise<Surroundings['certificate']> {
  const { cert, key } = selfSigned('bench.test');
  const files = { folder, cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const both = `${folder}.pem`;
  await mkdir(folder);
  await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key), writeFile(both, cert + key)]);
  return { ...files, both };
}

/** Each round measures each scenario for each proxy in turn, so that what else the machine does falls on all of them. */
async function measureRounds(
  chosen: readonly Scenario[],
  names: readonly ProxyName[],
  rounds: number,
  around: Surroundings,
  programs: Programs,
): Promise<Row[]> {
  await using parts = new AsyncDisposableStack();
  const proxies: Proxy[] = [];
  for (const name of names) proxies.push(parts.use(await startProxy(name, around)));
  const rows = chosen.map(({ name }) => ({ name, rounds: [] as Map<ProxyName, Measured>[] }));
  const seconds = options.quick ? 1.5 : 2.5;
  // What runs for days is not measured in its first seconds: a compiler at work would be all that is seen.
  for (const scenario of chosen) {
    for (const proxy of proxies)
      await measure(scenario, proxy, programs, proxy.name === 'edge' ? (options.quick ? 2 : 4) : 0.3);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [at, scenario] of chosen.entries()) {
      const results = new Map<ProxyName, Measured>();
      for (const proxy of proxies) results.set(proxy.name, await measure(scenario, proxy, programs, seconds));
      rows[at]?.rounds.push(results);
      const cpus = [...results].map(([name, { cpu }]) => `${name} ${cpu.toFixed(1)}`);
      console.log(`round ${round}: ${scenario.name}: ${cpus.join(', ')}`);
    }
  }
  return rows;
}

/** In fresh processes: what a proxy has used before, it would use again. */
async function measureMemory(
  names: readonly ProxyName[],
  connections: number,
  around: Surroundings,
  programs: Programs,
): Promise<Map<ProxyName, number>> {
  const bytes = new Map<ProxyName, number>();
  for (const name of names) {
    await using proxy = await startProxy(name, around);
    bytes.set(name, await measureIdle(proxy, programs, connections));
  }
  return bytes;
}

async function about(names: readonly ProxyName[], rounds: number): Promise<string> {
  const versions = await Promise.all(names.map(async (name) => `${name} ${await versionOf(name)}`));
  const system = /PRETTY_NAME="(.*)"/.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1] ?? 'Linux';
  const machine = `${cpus().length} cores ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date} · ${machine} · ${system}, Linux ${release()} · ${versions.join(', ').replace('edge', 'Node')} · medians of ${rounds} rounds.`;
}
