import { BlockList, isIP } from 'node:net';

/** Checks whether an address is in one of the ranges. IPv4 addresses written as IPv6 (`::ffff:203.0.113.7`) count as IPv4. */
export class AddressList {
  private readonly list = new BlockList();

  /** @param ranges CIDR notation, e.g. `203.0.113.0/24`, `2001:db8::/32` */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [net = '', bits] = range.split('/');
      const version = isIP(net);
      if (version === 0) continue; // the type of the column excludes such values
      this.list.addSubnet(net, bits === undefined ? (version === 4 ? 32 : 128) : Number(bits), version === 4 ? 'ipv4' : 'ipv6');
    }
  }

  has(address: string): boolean {
    const plain = address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
    const version = isIP(plain);
    return version !== 0 && this.list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}
