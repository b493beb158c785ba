import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IP ranges of both families, kept apart: `BlockList` would let an IPv6 range of mapped addresses cover all of IPv4. */
export interface AddressRanges {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
  readonly isEmpty: boolean;
}

/** Builds ranges from CIDR texts (`10.0.0.0/8`, `fc00::/7`) and single addresses. Throws a RangeError that names the bad entry. */
export function addressRanges(entries: Iterable<string>): AddressRanges {
  const ranges = { ipv4: new BlockList(), ipv6: new BlockList() };
  let isEmpty = true;
  for (const entry of entries) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) && !address.includes('%') ? 'ipv6' : undefined;
    const widest = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? widest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === undefined || rest.length > 0 || !(bits <= widest)) {
      throw new RangeError(`"${entry}" is not an IP address or a CIDR range`);
    }
    ranges[family].addSubnet(address, bits, family);
    isEmpty = false;
  }
  return { ...ranges, isEmpty };
}

/** Reads a comma list of CIDR ranges and addresses; empty is no address. Throws a RangeError that names the bad entry. */
export function parseAddressRanges(text: string): AddressRanges {
  const entries = text.split(',').map((entry) => entry.trim());
  return addressRanges(entries.filter((entry) => entry !== ''));
}

/** Whether an address written in its usual form lies in one of the ranges. */
export function contains(ranges: AddressRanges, address: string): boolean {
  if (ranges.isEmpty) return false;
  return isIPv4(address) ? ranges.ipv4.check(address, 'ipv4') : ranges.ipv6.check(address, 'ipv6');
}
