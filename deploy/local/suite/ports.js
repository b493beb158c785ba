import { createServer } from 'node:net';
import { Advice, codeOf } from '../advice.js';

/** Every port that the suite listens on, as its distance from the first; all on 127.0.0.1. */
const offsets = {
  console: 0,
  edge: 1,
  inbox: 2,
  inboxSmtp: 3,
  origin: 4,
  issuer: 5,
  nats: 6,
  clickhouse: 7,
  natsMonitoring: 8,
  activation: 11,
  config: 12,
  metrics: 13,
  notifier: 14,
  activationAdmin: 21,
  configAdmin: 22,
  metricsAdmin: 23,
  notifierAdmin: 24,
  edgeAdmin: 25,
  consoleAdmin: 26,
};

/** @typedef {Record<keyof typeof offsets, number>} Ports */

/**
 * @param {number} base
 * @returns {Ports}
 */
export function portsFrom(base) {
  /** @type {Ports} */
  const ports = { ...offsets };
  for (const name of portNames()) ports[name] += base;
  return ports;
}

/**
 * Refuses to start on ports that somebody else has.
 * @param {Ports} ports
 * @throws {Advice} naming port, part and way out
 */
export async function checkPortsAreFree(ports) {
  const taken = (
    await Promise.all(portNames().map(async (name) => ((await isFree(ports[name])) ? [] : [name])))
  ).flat();
  if (taken.length === 0) return;
  const named = taken.slice(0, 3).map((name) => `${ports[name]} (${spoken(name)})`);
  if (taken.length > named.length) named.push(`${taken.length - named.length} more`);
  const which = taken.length === 1 ? `Port ${named.join()} is` : `Ports ${named.join(', ')} are`;
  throw new Advice(
    `${which} taken by another program: end it, or choose other ports with --port-base, as in: npm start -- --port-base 5600`,
  );
}

/**
 * A base from which every port of the suite is free just now, for tests.
 * @returns {Promise<number>}
 */
export async function freePortBase() {
  for (let attempt = 0; attempt < 50; attempt++) {
    // Below the ports that single tests take, and those that systems give to outgoing connections (32768 and up on Linux).
    const base = 10_000 + Math.floor(Math.random() * 330) * 30;
    const free = await Promise.all(Object.values(portsFrom(base)).map(isFree));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free block of ports in 50 tries');
}

function portNames() {
  return Object.keys(offsets).filter(isPortName);
}

/**
 * @param {string} name
 * @returns {name is keyof Ports}
 */
function isPortName(name) {
  return name in offsets;
}

/** @param {string} name for example inboxSmtp */
function spoken(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (codeOf(error) === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
