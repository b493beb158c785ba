// A process of its own: node increment.ts <url> <subject> <writer> <times>. Counts up and says how often it was let.
import { DomainError } from '@longwire/contracts';
import { handle, openEventLog } from '@longwire/eventlog';
import { connectTo, counter, counters, metaOf } from './counter.ts';

const [url = '', subject = '', writer = '', times = ''] = process.argv.slice(2);
const nc = await connectTo(url);
const log = await openEventLog(nc, counters);
let accepted = 0;
for (let i = 0; i < Number(times); i++) {
  try {
    await handle(log, subject, counter, { by: 1 }, { meta: metaOf(`${writer}-${i}`) });
    accepted++;
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'ABORTED') throw error;
  }
}
console.log(accepted);
await nc.close();
