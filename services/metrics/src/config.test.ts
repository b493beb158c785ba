import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const read = (url: string) => readConfig({ CLICKHOUSE_URL: url });

test.each([
  ['http://longwire:secret@clickhouse:port/longwire', 'must be http'],
  ['clickhouse://longwire:secret@clickhouse:9000/longwire', 'must be http'],
  ['http://longwire:secret@clickhouse:8123', 'must end with the name of the database'],
])('%s is refused without telling its password', (url, why) => {
  expect(() => read(url)).toThrow(`CLICKHOUSE_URL: ${why}`);
  expect(() => read(url)).not.toThrow(/secret/);
});
