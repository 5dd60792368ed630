import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Claims = Record<string, unknown>;

/** Person who signs in at the provider, and the faults of the answers. */
export interface Visitor {
  email: string;
  /** Changes the claims of the ID token. */
  claims?: (claims: Claims) => Claims;
  /** Signs the ID token with a key that the provider does not publish. */
  isForged?: boolean;
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A small OpenID Connect provider over HTTP: discovery, keys, the authorization code flow with PKCE. It holds clients to the protocol:
 * codes work once, for the client and the redirect URI they were made for, with the verifier of their challenge.
 */
export class OpenIdProvider {
  readonly clientId = 'heliograph';
  readonly clientSecret = randomBytes(16).toString('hex');
  /** Faults of the client, such as a wrong verifier. */
  readonly faults: string[] = [];
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly others = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly codes = new Map<string, { visitor: Visitor; query: URLSearchParams }>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider();
    await new Promise<void>((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Signs the visitor in at the provider and agrees. @returns where the provider sends the browser */
  authorize(url: string, visitor: Visitor): URL {
    const { origin, pathname, searchParams: query } = new URL(url);
    const wanted: [string, boolean][] = [
      ['address', origin === this.issuer && pathname === '/authorize'],
      ['client_id', query.get('client_id') === this.clientId],
      ['response_type', query.get('response_type') === 'code'],
      ['scope', ['openid', 'email', 'profile'].every((scope) => query.get('scope')?.split(' ').includes(scope))],
      ['state', (query.get('state')?.length ?? 0) >= 32],
      ['nonce', (query.get('nonce')?.length ?? 0) >= 32],
      ['code_challenge_method', query.get('code_challenge_method') === 'S256'],
      ['code_challenge', query.get('code_challenge')?.length === 43],
    ];
    for (const [name, isRight] of wanted) if (!isRight) this.faults.push(`authorize: ${name}`);
    const code = randomUUID();
    this.codes.set(code, { visitor, query });
    const back = new URL(query.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    back.searchParams.set('iss', this.issuer);
    return back;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.issuer);
    if (pathname === '/.well-known/openid-configuration') return json(response, 200, this.discovery());
    if (pathname === '/jwks')
      return json(response, 200, { keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] });
    if (pathname !== '/token' || request.method !== 'POST') return json(response, 404, { error: 'not_found' });
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const fault = this.exchange(new URLSearchParams(body), request.headers.authorization, (tokens) => json(response, 200, tokens));
    if (!fault) return;
    this.faults.push(`token: ${fault}`);
    json(response, 400, { error: 'invalid_grant', error_description: fault });
  }

  private discovery() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Returns what is wrong with the request; null: tokens were given. */
  private exchange(given: URLSearchParams, authorization: string | undefined, give: (tokens: object) => void): string | null {
    const found = this.codes.get(given.get('code') ?? '');
    this.codes.delete(given.get('code') ?? '');
    if (!found) return 'code';
    const { query, visitor } = found;
    const basic = authorization?.startsWith('Basic ') ? Buffer.from(authorization.slice(6), 'base64').toString().split(':') : undefined;
    const [id, secret] = basic ?? [given.get('client_id'), given.get('client_secret')];
    if (id !== this.clientId || secret !== this.clientSecret) return 'client';
    if (given.get('redirect_uri') !== query.get('redirect_uri')) return 'redirect_uri';
    const challenge = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    if (challenge !== query.get('code_challenge')) return 'code_verifier';
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: this.issuer,
      aud: this.clientId,
      sub: `sub of ${visitor.email}`,
      iat: now,
      exp: now + 300,
      nonce: query.get('nonce'),
      email: visitor.email,
      email_verified: true,
      name: 'From the provider',
    };
    const token = this.sign(visitor.claims?.(claims) ?? claims, visitor.isForged ? this.others.privateKey : this.keys.privateKey);
    give({ access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: token });
    return null;
  }

  private sign(claims: Claims, key: KeyObject): string {
    const text = `${base64url({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${base64url(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
