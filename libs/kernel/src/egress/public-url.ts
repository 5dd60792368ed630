import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Ports a URL that a user gives may name. */
const publicPorts = new Set(['80', '443', '8443']);
/** Names that mean this machine or its cloud, whatever a resolver says. */
const privateNames = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion|test|invalid)$/;
/** 2000::/3 is all of IPv6 that is routed in public; prefixes within it that carry or stand for other addresses. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** What a setting lets through besides public addresses: hosts (with or without a port) and address ranges. */
export interface EgressAllowance {
  hosts: ReadonlySet<string>;
  ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
}

/** Reads `EGRESS_ALLOWED`: `core-app.internal`, `core-app:8080`, `127.0.0.1:4000`, `10.1.0.0/16`, comma-separated. */
export function readAllowance(entries: readonly string[]): EgressAllowance {
  const hosts = new Set<string>();
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const entry of entries) {
    if (entry.includes('/')) ranges.push(ipaddr.parseCIDR(entry));
    else hosts.add(entry.toLowerCase());
  }
  return { hosts, ranges };
}

/** Whether the setting names this host, on this port or on all. */
function isNamed({ hosts }: EgressAllowance, hostname: string, port: string): boolean {
  return hosts.has(hostname) || hosts.has(`${hostname}:${port}`);
}

/** Whether an address may be connected to: routed in public, or allowed by the setting. Addresses that embed another one are judged as it. */
export function isAllowedAddress(address: string, allowance: EgressAllowance): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (allowance.ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits))) return true;
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || globalUnicast.check(parsed.toString(), 'ipv6');
}

/**
 * A URL that a user gave, if it may be called: http or https, no credentials, a public port, no private name or address in
 * any spelling. What a name resolves to is judged when it is connected to. Null: not allowed; why is not told, since the
 * answer would map a private network.
 */
export function publicUrl(text: string, allowance: EgressAllowance): URL | null {
  if (text.length > 2_048 || !URL.canParse(text)) return null;
  // The URL standard has read decimal, octal and hexadecimal forms, full-width digits and tabs by now.
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.username !== '' || url.password !== '') return null;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const hostname = url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (hostname === '') return null;
  if (isNamed(allowance, hostname, port)) return url;
  if (isIP(hostname)) return isAllowedAddress(hostname, allowance) && publicPorts.has(port) ? url : null;
  if (!publicPorts.has(port) || !hostname.includes('.') || privateNames.test(hostname)) return null;
  return url;
}

/** Whether the setting lets this URL's host resolve to private addresses. */
export function mayBePrivate(url: URL, allowance: EgressAllowance): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return isNamed(allowance, url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, ''), port);
}
