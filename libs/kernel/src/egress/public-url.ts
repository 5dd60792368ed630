import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Ports a URL that a user gives may name. */
const publicPorts: ReadonlySet<string> = new Set(['80', '443', '8443']);
/** Names that mean this machine or its cloud, whatever a resolver says. */
const privateNames = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|corp|home|private|svc|home\.arpa|onion|test|invalid)$/;
/** What the URL standard forgives and other parsers read as another host: such a URL is handed on as it is written. */
const readOtherwise = /[\s\\\u0000-\u001f\u007f]/;
/** 2000::/3 is all of IPv6 that is routed in public; prefixes within it that carry or stand for other addresses. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** What a setting lets through besides public addresses: hosts (with or without a port) and address ranges. */
export interface EgressAllowance {
  hosts: ReadonlySet<string>;
  ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
  /** Ports of hosts that are not named. */
  ports: ReadonlySet<string>;
}

/** Reads `EGRESS_ALLOWED`: `core-app.internal`, `core-app:8080`, `127.0.0.1:4000`, `10.1.0.0/16`, comma-separated. */
export function readAllowance(entries: readonly string[], ports = publicPorts): EgressAllowance {
  const hosts = new Set<string>();
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const entry of entries) {
    if (entry.includes('/')) ranges.push(ipaddr.parseCIDR(entry));
    else hosts.add(entry.toLowerCase());
  }
  return { hosts, ranges, ports };
}

/** Whether the setting names this host, on this port or on all. */
function isNamed({ hosts }: EgressAllowance, hostname: string, port: string): boolean {
  return hosts.has(hostname) || hosts.has(`${hostname}:${port}`);
}

/** Looks routed in public and is a cloud's own: the host agent of every machine of Azure. */
const cloudOwn = new Set(['168.63.129.16']);

/** Whether an address may be connected to: routed in public, or allowed by the setting. Addresses that embed another one are judged as it. */
export function isAllowedAddress(address: string, allowance: EgressAllowance): boolean {
  // A zone (fe80::1%eth0) names a link of this machine.
  if (!isIP(address) || address.includes('%')) return false;
  const parsed = ipaddr.process(address);
  if (allowance.ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits))) return true;
  if (parsed.range() !== 'unicast' || cloudOwn.has(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || (globalUnicast.check(parsed.toString(), 'ipv6') && !isTunnel(parsed as ipaddr.IPv6));
}

/** ISATAP: an IPv4 address behind any prefix. */
function isTunnel({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x200);
}

/**
 * A URL that a user gave, if it may be called: http or https, no credentials, a public port, no private name or address in
 * any spelling. What a name resolves to is judged when it is connected to. Null: not allowed; why is not told, since the
 * answer would map a private network.
 */
export function publicUrl(text: string, allowance: EgressAllowance): URL | null {
  if (text.length > 2_048 || readOtherwise.test(text) || !URL.canParse(text)) return null;
  // The URL standard has read decimal, octal and hexadecimal forms and full-width digits by now.
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.username !== '' || url.password !== '') return null;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const hostname = url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (hostname === '') return null;
  if (isNamed(allowance, hostname, port)) return url;
  if (isIP(hostname)) return isAllowedAddress(hostname, allowance) && allowance.ports.has(port) ? url : null;
  if (!allowance.ports.has(port) || !hostname.includes('.') || privateNames.test(hostname)) return null;
  return url;
}

/** Whether the setting lets this URL's host resolve to private addresses. */
export function mayBePrivate(url: URL, allowance: EgressAllowance): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return isNamed(allowance, url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, ''), port);
}
