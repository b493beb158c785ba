import { isIP } from 'node:net';
import { parseLeftOut } from '@longwire/eventlog';
import { parseAddressRanges } from '@longwire/origins';
import { commonFields, grpcFields, parsing, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ...commonFields,
  ...grpcFields,
  /** Ranges that may be origins although they are not public: CIDR, separated by commas. */
  ORIGIN_ALLOW: z.string().default('').transform(parsing(parseAddressRanges)),
  /** Whom to ask for the records that prove ownership; none means the system's resolvers. */
  DNS_SERVERS: z.string().default('').transform(parsing(parseServers)),
  /** Messages of the streams that nobody can read, to be passed over. */
  EVENTLOG_LEAVE_OUT: z.string().default('').transform(parsing(parseLeftOut)),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);

function parseServers(text: string): string[] {
  const servers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const server of servers) {
    const [, ipv6, ipv4] = /^(?:\[([\da-f:]+)\]|([\d.]+))(?::\d{1,5})?$/i.exec(server) ?? [];
    if (isIP(ipv6 ?? ipv4 ?? '') === 0)
      throw new Error(`${server} is not an IP address, [address]:port or address:port`);
  }
  return servers;
}
