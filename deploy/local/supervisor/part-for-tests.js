// A small real program for the supervisor's tests, told by its environment what to do:
// NAME, JOURNAL (file that gets "start NAME", "stop NAME"), PORT (answers 200 there), READY_AFTER_MS,
// EXIT_AFTER_MS, STUBBORN (stays at SIGTERM), CHILD (starts a program that would stay for ever).
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { NAME, JOURNAL = '/dev/null', PORT, READY_AFTER_MS = '0', EXIT_AFTER_MS, STUBBORN, CHILD } = process.env;
appendFileSync(JOURNAL, `start ${NAME}\n`);
console.log(`hello from ${NAME}`);

if (CHILD) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  appendFileSync(JOURNAL, `child ${child.pid}\n`);
}
if (PORT) {
  const server = createServer((_request, response) => void response.end('ok'));
  setTimeout(() => server.listen(Number(PORT), '127.0.0.1'), Number(READY_AFTER_MS));
}
if (EXIT_AFTER_MS) {
  setTimeout(() => {
    console.log(`${NAME} gives up`);
    process.exit(3);
  }, Number(EXIT_AFTER_MS));
}
process.on('SIGTERM', () => {
  if (STUBBORN) return;
  // Late, so that a part that stopped too early would be seen.
  setTimeout(() => {
    appendFileSync(JOURNAL, `stop ${NAME}\n`);
    process.exit(0);
  }, 50);
});
process.on('disconnect', () => process.exit(0));
setInterval(() => undefined, 1000);
