import fc from 'fast-check';
import { hostileUrls, spellings } from '../../testing/hostile-urls';
import { isAllowedAddress, publicUrl, readAllowance } from './public-url';

const nothing = readAllowance([]);
const allows = (url: string, allowance = nothing) => publicUrl(url, allowance) !== null;

/** Prefixes that are not publicly routed. */
const private4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const private6: readonly [number, number][] = [
  [0x0000, 8],
  [0x0064, 16],
  [0x0100, 8],
  [0x2002, 16],
  [0x3fff, 20],
  [0x4000, 3],
  [0xa000, 3],
  [0xfc00, 7],
  [0xfe80, 10],
  [0xfec0, 10],
  [0xff00, 8],
];

const anyPrivate4 = fc.tuple(fc.constantFrom(...private4), fc.nat(0xffffffff)).map(([[base, bits], random]) => {
  const prefix = base.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const address = prefix + (random % 2 ** (32 - bits));
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
});
const anyPrivate6 = fc
  .tuple(fc.constantFrom(...private6), fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }))
  .map(([[first, bits], groups]) => {
    const kept = Math.max(0, 16 - bits);
    const parts = [first + ((groups[0] as number) % 2 ** kept), ...groups.slice(1)];
    if (bits === 20) parts[1] = (parts[1] as number) % 2 ** 12;
    return parts;
  });

/** Returns spellings of an IPv6 address: short, long, in capitals, with IPv4 at its end. */
function spellings6(groups: number[]): string[] {
  const short = groups.map((n) => n.toString(16)).join(':');
  const [c, d] = groups.slice(6) as [number, number];
  return [
    short,
    short.toUpperCase(),
    groups.map((n) => n.toString(16).padStart(4, '0')).join(':'),
    new URL(`http://[${short}]`).hostname.slice(1, -1),
    `${groups
      .slice(0, 6)
      .map((n) => n.toString(16))
      .join(':')}:${c >> 8}.${c & 255}.${d >> 8}.${d & 255}`,
  ];
}

describe('a URL from a user', () => {
  it('is refused in some hundred hostile forms, except for names that only a resolver can judge', () => {
    const urls = hostileUrls(8_443);
    expect(new Set(urls).size).toBeGreaterThan(300);
    expect(urls.filter((url) => allows(url))).toEqual([]);
  });

  it('is never a private address in any spelling', () => {
    fc.assert(
      fc.property(anyPrivate4, (address) => {
        for (const host of spellings(address)) expect([host, allows(`http://${host}/`)]).toEqual([host, false]);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(anyPrivate6, (groups) => {
        for (const address of spellings6(groups)) {
          expect([address, isAllowedAddress(address, nothing)]).toEqual([address, false]);
          expect([address, allows(`https://[${address}]/`)]).toEqual([address, false]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'https://core.example.com/heliograph',
    'http://core.example.com:80/a?b=c#d',
    'https://core.example.com:8443',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://bücher.example.com/',
    'https://core.example.com./',
  ])('is allowed: %s', (url) => expect(allows(url)).toBe(true));

  it('may be a host of the setting, and no other private host', () => {
    const named = readAllowance(['core-app:8080', 'hub.internal', '127.0.0.1:4000', '10.1.0.0/16', 'fd12::/16']);
    const yes = [
      'http://core-app:8080/',
      'http://CORE-APP:8080/',
      'http://hub.internal:6379/',
      'http://127.0.0.1:4000/',
      'http://2130706433:4000/',
    ];
    const inRange = ['http://10.1.2.3/', 'https://10.1.2.3:8443/', 'http://[::ffff:10.1.2.3]/', 'http://[fd12::1]/'];
    for (const url of [...yes, ...inRange]) expect([url, allows(url, named)]).toEqual([url, true]);
    const no = ['http://core-app/', 'http://core-app:8081/', 'http://x.hub.internal/', 'http://127.0.0.1/', 'http://127.0.0.1:4001/'];
    const outside = [
      'http://10.2.2.3/',
      'http://10.1.2.3:5432/',
      'http://user@core-app:8080/',
      'ftp://core-app:8080/',
      'http://[fd13::1]/',
    ];
    for (const url of [...no, ...outside]) expect([url, allows(url, named)]).toEqual([url, false]);
  });
});
