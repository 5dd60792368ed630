/** Private addresses, and addresses of cloud services. */
const privateV4 = [
  '127.0.0.1',
  '127.0.0.2',
  '127.255.255.254',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '168.63.129.16',
  '169.254.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.168.255.255',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
];

const privateV6 = [
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  '::2',
  '100::1',
  '2001::1',
  '2001:0:7f00:1::',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2001:470::5efe:7f00:1',
  '2001:470::200:5efe:a9fe:a9fe',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd00::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fe80::1',
  'fe80::a9fe:a9fe',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'ff05::2',
  '::1%lo',
  'fe80::1%25eth0',
  '2606:4700::1111%25lo',
];

/** Returns the spellings of an IPv4 address that some parser accepts. */
export function spellings(address: string): string[] {
  const bytes = address.split('.').map(Number) as [number, number, number, number];
  const whole = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const [a, b, c, d] = bytes;
  const hex = (n: number) => n.toString(16);
  const high = (a * 256 + b).toString(16);
  const low = (c * 256 + d).toString(16);
  const wide = [...address].map((char) => (char === '.' ? char : String.fromCodePoint(0xff10 + Number(char)))).join('');
  return [
    address,
    `${address}.`,
    `${address}..`,
    String(whole),
    `${whole}.`,
    `0x${hex(whole)}`,
    `0X${hex(whole).toUpperCase()}`,
    `0${whole.toString(8)}`,
    bytes.map((n) => `0x${hex(n)}`).join('.'),
    bytes.map((n) => `0${n.toString(8)}`).join('.'),
    `${a}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `0x${hex(a)}.${b}.0${c.toString(8)}.${d}`,
    wide,
    address.replaceAll('.', '。'),
    address.replaceAll('.', '．'),
    address.replaceAll('.', '%2e'),
    [...address].map((char) => `%${char.charCodeAt(0).toString(16)}`).join(''),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:ffff:${high}:${low}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${high}:${low}]`,
    `[2002:${high}:${low}::]`,
    `[2002:${high}:${low}::1]`,
    `[2001:0:${high}:${low}::1]`,
    `[fe80::5efe:${address}]`,
  ];
}

/** Names of this machine and of clouds' metadata servers. */
const names = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'localhost..',
  'localhost.localdomain',
  'foo.localhost',
  'localhost%00.example.com',
  'ｌｏｃａｌｈｏｓｔ',
  'loc%61lhost',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'ip6-localhost',
  'broadcasthost',
  'metadata',
  'metadata.google.internal',
  'metadata.google.internal.',
  'metadata.azure.internal',
  'instance-data',
  'instance-data.ec2.internal',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'host.docker.internal',
  'gateway.docker.internal',
  'printer.local',
  'nas.lan',
  'wiki.intranet',
  'router.home.arpa',
  'host.test',
  'host.invalid',
  'host.onion',
  'redis',
  'postgres',
];

/** Returns URLs with which a user could try to reach a private network; `port` is one that has a listener. */
export function hostileUrls(port: number): string[] {
  const urls: string[] = [];
  const both = (host: string) => urls.push(`http://${host}/`, `http://${host}:${port}/`);
  for (const address of privateV4) both(address);
  for (const address of ['127.0.0.1', '0.0.0.0', '169.254.169.254', '10.0.0.1']) spellings(address).forEach(both);
  for (const address of privateV6) both(`[${address}]`);
  names.forEach(both);
  both('127.1');
  both('0');
  both('0x7f.1');
  both('①②⑦.⓪.⓪.①');
  for (const scheme of ['file', 'ftp', 'gopher', 'dict', 'ldap', 'ws', 'wss', 'data', 'javascript', 'jar', 'unix', 'tcp', 'blob:http'])
    urls.push(`${scheme}://127.0.0.1:${port}/`, `${scheme}:/etc/passwd`);
  for (const bad of [22, 25, 6379, 5432, 0, 1, 3306, 9200, 11_211, 27_017, 65_535]) urls.push(`http://example.com:${bad}/`);
  urls.push(
    `http:127.0.0.1:${port}`,
    `http:/127.0.0.1:${port}/`,
    `http:///127.0.0.1:${port}/`,
    `http:////127.0.0.1:${port}/`,
    `http:\\\\127.0.0.1:${port}\\`,
    `http://example.com\\@127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}\\@example.com/`,
    `http://example.com@127.0.0.1:${port}/`,
    `http://example.com:80@127.0.0.1:${port}/`,
    `http://user:secret@example.com/`,
    `http://user@example.com/`,
    `http://:secret@example.com/`,
    `http://127.0.0.1:${port}#@example.com/`,
    `http://127.0.0.1:${port}?@example.com/`,
    `http://127.0.0.1:${port}/@example.com/`,
    `http://127.0.0.1 :${port}/`,
    `http://127.0.0.1\t:${port}/`,
    `http://127.0\n.0.1:${port}/`,
    `h\tttp://127.0.0.1:${port}/`,
    ` http://127.0.0.1:${port}/ `,
    `\u0000http://127.0.0.1:${port}/`,
    `http://127.0.0.1\u0000.example.com:${port}/`,
    `http://127.0.0.1%00.example.com:${port}/`,
    `http://127.0.0.1%23.example.com:${port}/`,
    `http://127.0.0.1%2f.example.com:${port}/`,
    `http://127.0.0.1\u00ad:${port}/`,
    `http://127.0.0.1\u200b:${port}/`,
    `//127.0.0.1:${port}/`,
    `127.0.0.1:${port}`,
    '/callbacks',
    '',
    ' ',
    'http://',
    'http:///',
    'http://.',
    'http://..',
    'http://:80/',
    'http://?',
    'http://#',
    'http://[',
    'http://[]',
    'http://[::1',
    'http://[::1]extra/',
    'http://256.256.256.256/',
    'http://1.2.3.4.5/',
    `http://${'a'.repeat(3_000)}.example.com/`,
    `http://example.com/${'a'.repeat(3_000)}`,
  );
  return urls;
}
