import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * What an IP address is good for. Only `public` ones may be reached without being
 * asked for; `link-local` ones include where clouds tell machines their secrets.
 */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'reserved';

type Block = readonly [network: string, prefix: number, kind: AddressKind];

// IANA's special-purpose registries (RFC 6890 and its updates), narrower first.
const BLOCKS: readonly Block[] = [
  ['127.0.0.0', 8, 'loopback'],
  ['::1', 128, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['fe80::', 10, 'link-local'],
  // Where Amazon and Alibaba answer instead.
  ['fd00:ec2::254', 128, 'link-local'],
  ['100.100.100.200', 32, 'link-local'],
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['fc00::', 7, 'private'],
  ['fec0::', 10, 'private'],
  ['0.0.0.0', 8, 'reserved'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 4, 'reserved'],
  ['240.0.0.0', 4, 'reserved'],
  ['::', 128, 'reserved'],
  ['100::', 64, 'reserved'],
  ['2001:db8::', 32, 'reserved'],
  ['ff00::', 8, 'reserved'],
];

const LISTS = BLOCKS.map(([network, prefix, kind]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6');
  return { list, kind };
});

// Prefixes in front of an IPv4 address, in groups of 16 bits: mapped, compatible,
// translated (RFC 6052 and RFC 8215), 6to4.
const EMBEDDING: readonly { prefix: readonly number[]; at: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 1], at: 6 },
  { prefix: [0x2002], at: 1 },
];

/**
 * @param address - An IPv4 or IPv6 address in any form that Node knows.
 */
export function addressKind(address: string): AddressKind {
  const plain = address.split('%')[0];
  const version = isIP(plain);
  if (version === 0) {
    return 'reserved';
  }
  if (version === 6) {
    const inner = embeddedIpv4(plain);
    if (inner) {
      return addressKind(inner);
    }
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return LISTS.find(({ list }) => list.check(plain, family))?.kind ?? 'public';
}

function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const found = EMBEDDING.find(({ prefix }) =>
    prefix.every((group, index) => groups[index] === group),
  );
  if (!found) {
    return undefined;
  }
  const [high, low] = groups.slice(found.at);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address; the URL parser knows its short forms. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head, tail = ''] = canonical.split('::');
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map(group => parseInt(group, 16));
  const [before, after] = [parse(head), parse(tail)];
  return [
    ...before,
    ...Array<number>(8 - before.length - after.length).fill(0),
    ...after,
  ];
}
