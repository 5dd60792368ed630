import { isIPv6 } from 'node:net';

/** The part of an address that one client has whole: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  const groups = groupsOf(address);
  return Array.isArray(groups) ? `${groups.slice(0, 4).join(':')}::/64` : groups;
}

/** The part of an address that one customer of a provider may have whole: the /24 of an IPv4 address, or the /48 of an IPv6 address. */
export function siteOf(address: string): string {
  const groups = groupsOf(address);
  return Array.isArray(groups) ? `${groups.slice(0, 3).join(':')}::/48` : groups.replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.0/24');
}

/** Returns the eight groups of an IPv6 address, or what else was given: an IPv4 address, also one that IPv6 carries. */
function groupsOf(address: string): string[] | string {
  const plain = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  return tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}
