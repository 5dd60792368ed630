import { AddressList } from './address-list';

describe('AddressList', () => {
  const list = new AddressList(['203.0.113.0/24', '198.51.100.7/32', '2001:db8::/32']);

  it.each(['203.0.113.9', '198.51.100.7', '2001:db8:1::1', '::ffff:203.0.113.9'])('contains %s', (address) => {
    expect(list.has(address)).toBe(true);
  });

  it.each(['203.0.114.9', '198.51.100.8', '2001:db9::1', '::ffff:10.0.0.1', 'not an address', ''])('does not contain %j', (address) => {
    expect(list.has(address)).toBe(false);
  });
});
