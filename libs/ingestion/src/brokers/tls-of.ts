import type { RabbitmqSourceConfig } from './brokers.config';

interface TlsOptions {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
}

/** Options of Node's TLS; certificates are always checked. */
export function tlsOf(tls: Exclude<RabbitmqSourceConfig['tls'], false>): TlsOptions {
  if (tls === true) return {};
  const { ca, cert, key, server_name: servername } = tls;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(servername && { servername }) };
}
