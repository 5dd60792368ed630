import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Ports that a user's URL may contain. */
const publicPorts: ReadonlySet<string> = new Set(['80', '443', '8443']);
/** Names that mean this machine or its cloud, however they resolve. */
const privateNames = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|corp|home|private|svc|home\.arpa|onion|test|invalid)$/;
/** Characters that the URL standard tolerates and other parsers read as another host: the URL is passed on as it is written. */
const readOtherwise = /[\s\\\u0000-\u001f\u007f]/;
/** 2000::/3 is all publicly routed IPv6. Prefixes inside it that embed or represent other addresses. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Hosts (with or without a port) and address ranges that a setting allows besides public addresses. */
export interface EgressAllowance {
  hosts: ReadonlySet<string>;
  ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
  /** Ports allowed for hosts that the setting does not contain. */
  ports: ReadonlySet<string>;
}

/** Parses `EGRESS_ALLOWED`: `core-app.internal`, `core-app:8080`, `127.0.0.1:4000`, `10.1.0.0/16`, comma-separated. */
export function readAllowance(entries: readonly string[], ports = publicPorts): EgressAllowance {
  const hosts = new Set<string>();
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const entry of entries) {
    if (entry.includes('/')) ranges.push(ipaddr.parseCIDR(entry));
    else hosts.add(entry.toLowerCase());
  }
  return { hosts, ranges, ports };
}

/** True when the setting contains this host, with this port or without one. */
function isNamed({ hosts }: EgressAllowance, hostname: string, port: string): boolean {
  return hosts.has(hostname) || hosts.has(`${hostname}:${port}`);
}

/** Addresses that look public but belong to a cloud: the host agent of every Azure machine. */
const cloudOwn = new Set(['168.63.129.16']);

/** True when an address may be connected to: public, or allowed by the setting. An address that embeds another is judged by that one. */
export function isAllowedAddress(address: string, allowance: EgressAllowance): boolean {
  // A zone (fe80::1%eth0) identifies a link of this machine.
  if (!isIP(address) || address.includes('%')) return false;
  const parsed = ipaddr.process(address);
  if (allowance.ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits))) return true;
  if (parsed.range() !== 'unicast' || cloudOwn.has(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || (globalUnicast.check(parsed.toString(), 'ipv6') && !isTunnel(parsed as ipaddr.IPv6));
}

/** ISATAP: an IPv4 address after any prefix. */
function isTunnel({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x200);
}

/**
 * Returns a user's URL if it may be called: http or https, no credentials, a public port, no private name or address in
 * any spelling. Addresses of a name are checked when it is connected to. Null: not allowed. The reason is not returned, since
 * it would reveal the private network.
 */
export function publicUrl(text: string, allowance: EgressAllowance): URL | null {
  if (text.length > 2_048 || readOtherwise.test(text) || !URL.canParse(text)) return null;
  // The URL standard has normalised decimal, octal and hexadecimal forms and full-width digits already.
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

/** True when the setting lets the host of this URL resolve to private addresses. */
export function mayBePrivate(url: URL, allowance: EgressAllowance): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return isNamed(allowance, url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, ''), port);
}
