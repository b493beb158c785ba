import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { createLogger } from '@longwire/service';
import { expect, test, vi } from 'vitest';
import { Distribution } from './distribution.ts';

const config = (version: bigint) => DomainConfig.create({ domainName: `v${version}.test`, version });
const silent = createLogger('test', 'silent');

test('configs that come together are handed on together, and the version rises to the latest', async () => {
  const handed: bigint[][] = [];
  const apply = async (configs: readonly DomainConfig[]) => void handed.push(configs.map(({ version }) => version));
  const distribution = new Distribution(apply, () => {}, silent);
  for (const version of [7n, 9n, 8n]) distribution.handOn(config(version));
  await vi.waitFor(() => expect(distribution.version).toBe(9n));
  expect(handed).toEqual([[7n, 9n, 8n]]);
});

test('after configs that could not be applied the version stays, though later ones go out', async () => {
  const handed: bigint[] = [];
  const apply = async (configs: readonly DomainConfig[]) => {
    handed.push(...configs.map(({ version }) => version));
    if (handed.at(-1) === 8n) throw new Error('a fault of ours');
  };
  let applied = 0;
  const distribution = new Distribution(apply, () => void applied++, silent);
  for (const version of [7n, 8n, 9n]) {
    distribution.handOn(config(version));
    await vi.waitFor(() => expect(handed.at(-1)).toBe(version));
  }
  await vi.waitFor(() => expect(applied).toBe(2));
  expect(distribution.version).toBe(7n);
});
