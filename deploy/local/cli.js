import { parseArgs } from 'node:util';
import { Advice } from './advice.js';

const help = `Usage: longwire <command>

  start [--data DIR] [--port-base N] [--no-demo]
      runs the whole suite on this machine until Ctrl-C
      --data DIR       where its state lives                 (./data)
      --port-base N    first of the ports that it listens on (4600)
      --no-demo        without the scripted customer and its traffic
  test [ARGS of vitest]
      runs the tests; arguments go to vitest: a path, -t NAME, …
  check
      formatting, lint, types, contracts, generated code, unused code
  bench [NAME]
      runs bench/NAME.ts, or lists what can be run

By npm: npm start, npm start -- --port-base 5600, npm test, npm run check, npm run bench -- NAME`;

/**
 * Runs one command of the launcher.
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function main([command, ...args]) {
  try {
    return await run(command, args);
  } catch (error) {
    if (!(error instanceof Advice)) throw error;
    console.error(error.message);
    return 1;
  }
}

/**
 * @param {string | undefined} command
 * @param {string[]} args
 */
async function run(command, args) {
  switch (command) {
    case 'start':
      return start(args);
    case 'test':
      return (await import('./commands/test.js')).test(args);
    case 'check':
      return (await import('./commands/check.js')).check();
    case 'bench':
      return (await import('./commands/bench.js')).bench(args);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      console.log(help);
      return 0;
    default:
      throw new Advice(`longwire: unknown command ${command} (known: start, test, check, bench; --help explains them)`);
  }
}

/** @param {string[]} args */
async function start(args) {
  const flags = parseStartFlags(args);
  if (flags.help) {
    console.log(help);
    return 0;
  }
  return (await import('./commands/start.js')).start(flags);
}

/**
 * @param {string[]} args what follows `start`
 * @throws {Advice} naming the flag that is unknown or wrong
 */
export function parseStartFlags(args) {
  const { data, 'port-base': portBase, 'no-demo': noDemo, help: asked } = readFlags(args);
  return { dataDir: data, portBase: readPortBase(portBase), demo: !noDemo, help: asked };
}

/** @param {string[]} args */
function readFlags(args) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: 'string', default: 'data' },
        'port-base': { type: 'string', default: '4600' },
        'no-demo': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const what = error.message.split(/\. |\n/)[0];
    throw new Advice(`longwire start: ${what} (known: --data DIR, --port-base N, --no-demo, --help)`);
  }
}

/** @param {string} text */
function readPortBase(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1024 && port <= 65_500) return port;
  throw new Advice(`longwire start: --port-base must be a whole number from 1024 to 65500, not ${text}`);
}
