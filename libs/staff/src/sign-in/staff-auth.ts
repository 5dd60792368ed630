import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, AppError, auditScope, Database, type KernelConfig, newId, noteAudit } from '@heliograph/kernel';
import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import { genericOAuth, magicLink, twoFactor } from 'better-auth/plugins';
import type { TenantsConfig } from '@heliograph/tenants';
import type { StaffConfig } from '../staff.config';
import { AuditLog } from '../audit/audit-log.repository';
import { Mailer } from '../mail/mailer';
import { StaffPeople } from '../people/staff-people.repository';
import { derivedSecrets } from './derived-secrets';
import { passwordWork } from './password-work';
import { renewSignatures } from './signed-cookies';

/** Argon2id with 19 MiB, 2 passes and 1 lane: the first choice of OWASP's password storage page. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const basePath = '/admin/v1/auth';
const resetMinutes = 60;
const signInLinkMinutes = 24 * 60;
const providerId = 'oidc';

/** The sender of a request, as the library needs it. */
export interface AuthRequest {
  /** The request's Cookie header. */
  cookie?: string | undefined;
  address: string;
  userAgent?: string | undefined;
}

/** An answer of the library. */
export interface AuthAnswer {
  status: number;
  body: Record<string, unknown>;
  /** Values of Set-Cookie headers. */
  cookies: string[];
}

/** Words for the library's codes; a code that is not here is a fault of ours. */
const faults: Record<string, ConstructorParameters<typeof AppError>> = {
  INVALID_EMAIL_OR_PASSWORD: ['unauthenticated', 'wrong_credentials', 'This email and password do not belong together.'],
  INVALID_EMAIL: ['invalid', 'invalid_email', 'This is no email address.', { path: 'email' }],
  PASSWORD_TOO_SHORT: ['unprocessable', 'password_too_short', 'A password has at least 12 characters.', { path: 'password' }],
  PASSWORD_TOO_LONG: ['unprocessable', 'password_too_long', 'A password has at most 256 characters.', { path: 'password' }],
  INVALID_PASSWORD: ['unauthenticated', 'wrong_password', 'The password is wrong.', { path: 'password' }],
  INVALID_TOKEN: ['gone', 'link_used', 'This link was used already, or is too old. Ask for a new one.'],
  USER_NOT_FOUND: ['gone', 'link_used', 'This link was used already, or is too old. Ask for a new one.'],
  PERSON_DISABLED: ['forbidden', 'person_disabled', 'Your access was taken away. Ask who manages people.'],
  INVALID_CODE: ['unauthenticated', 'wrong_code', 'This code is wrong or too old. Take the one that is shown now.', { path: 'code' }],
  INVALID_BACKUP_CODE: ['unauthenticated', 'wrong_code', 'This recovery code is wrong or was used already.', { path: 'code' }],
  INVALID_TWO_FACTOR_COOKIE: ['unauthenticated', 'sign_in_again', 'This sign-in took too long. Begin again.'],
  TOTP_NOT_ENABLED: ['conflict', 'totp_not_enabled', 'No authenticator app is set up.'],
  TWO_FACTOR_NOT_ENABLED: ['conflict', 'totp_not_enabled', 'No authenticator app is set up.'],
  TOTP_ALREADY_ENABLED: ['conflict', 'totp_enabled', 'An authenticator app is set up already. Remove it first.'],
  CREDENTIAL_ACCOUNT_NOT_FOUND: ['conflict', 'no_password', 'You have no password yet. Ask for a link that sets one.'],
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: ['throttled', 'too_many_codes', 'Too many wrong codes. Begin again.'],
  ACCOUNT_TEMPORARILY_LOCKED: [
    'throttled',
    'too_many_codes',
    'Too many wrong codes. Try again in some minutes.',
    { retryAfterSeconds: 300 },
  ],
  UNAUTHORIZED: ['unauthenticated', 'signed_out', 'Sign in first.'],
};

/**
 * The library that signs people in (better-auth), behind our routes, names and errors. It keeps users, passwords (Argon2id),
 * sign-ins, authenticator apps and recovery codes in the `staff_` tables; who may do what is ours.
 */
@Injectable()
export class StaffAuth {
  private readonly log = new Logger(StaffAuth.name);
  private readonly auth: ReturnType<typeof this.build>;
  /** Name of the cookie that holds a sign-in. */
  readonly cookieName: string;
  readonly hasOidc: boolean;
  private readonly secrets: ReturnType<typeof derivedSecrets>;

  constructor(
    private readonly db: Database,
    private readonly mailer: Mailer,
    private readonly people: StaffPeople,
    private readonly audit: AuditLog,
    @Inject(APP_CONFIG) private readonly config: KernelConfig & TenantsConfig & StaffConfig,
  ) {
    const isTls = config.PUBLIC_URL.startsWith('https:');
    // The browser takes a __Host- cookie only over TLS, from this host and for all paths.
    this.cookieName = isTls ? '__Host-heliograph' : 'heliograph';
    this.hasOidc = Boolean(config.OIDC_ISSUER && config.OIDC_CLIENT_ID && config.OIDC_CLIENT_SECRET);
    this.secrets = derivedSecrets(config.KEYRING);
    this.auth = this.build(isTls);
  }

  /**
   * Runs one of the library's own routes.
   * @throws AppError with our words for what the library refuses
   */
  async call(
    method: 'GET' | 'POST',
    path: string,
    from: AuthRequest,
    body?: Record<string, unknown>,
    query: Record<string, string> = {},
  ): Promise<AuthAnswer> {
    const headers = new Headers({ 'x-client-address': from.address });
    if (from.cookie) headers.set('cookie', this.renewed(from.cookie));
    if (from.userAgent) headers.set('user-agent', from.userAgent);
    if (body) headers.set('content-type', 'application/json');
    const url = new URL(`${basePath}${path}`, this.config.PUBLIC_URL);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = await this.auth.handler(new Request(url, { method, headers, ...(body && { body: JSON.stringify(body) }) }));
    const text = await answer.text();
    const parsed = (text && answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null) as Record<
      string,
      unknown
    > | null;
    const location = answer.headers.get('location');
    if (answer.status >= 400) throw this.faultOf(answer.status, parsed);
    return {
      status: answer.status,
      body: { ...parsed, ...(location && { location }) },
      cookies: answer.headers.getSetCookie(),
    };
  }

  /** Signs in with email and password. @throws AppError as `call`, and `busy` */
  signIn(from: AuthRequest, given: { email: string; password: string }): Promise<AuthAnswer> {
    return passwordWork.attempt(() => this.call('POST', '/sign-in/email', { ...from, cookie: undefined }, given));
  }

  /** The person's id and the sign-in that a Cookie header stands for; null when it is none or over. */
  async signInOf(cookie: string): Promise<{ userId: string; signInId: string } | null> {
    const found = await this.auth.api.getSession({
      headers: new Headers({ cookie: this.renewed(cookie) }),
      query: { disableRefresh: true },
    });
    return found && { userId: found.user.id, signInId: found.session.id };
  }

  /** Makes a link with which a person sets a password: an invitation, or a reset. Returns its token, which works once. */
  async passwordToken(userId: string, lastsMinutes = resetMinutes): Promise<string> {
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
    const { internalAdapter } = await this.auth.$context;
    await internalAdapter.createVerificationValue({
      identifier: `reset-password:${token}`,
      value: userId,
      expiresAt: new Date(Date.now() + lastsMinutes * 60_000),
    });
    return token;
  }

  /** Sets a password with the token of a link, and signs in with it. @throws AppError `link_used`, `password_too_short` */
  async setPassword(from: AuthRequest, token: string, password: string): Promise<AuthAnswer> {
    const { internalAdapter } = await this.auth.$context;
    const link = await internalAdapter.findVerificationValue(`reset-password:${token}`);
    const user = link && (await internalAdapter.findUserById(link.value));
    await this.call('POST', '/reset-password', from, { token, newPassword: password });
    // Of several links the first one counts: another might have gone astray.
    if (user) await this.people.endLinks(user.id);
    return this.call('POST', '/sign-in/email', from, { email: user?.email ?? '', password });
  }

  /** Makes a link that signs a person in once, within a day; null when there is no such person. */
  async signInLink(email: string): Promise<string | null> {
    const { internalAdapter } = await this.auth.$context;
    if (!(await internalAdapter.findUserByEmail(email.toLowerCase()))) return null;
    const token = await new Promise<string>((resolve, reject) => {
      const metadata = { take: resolve };
      this.auth.api.signInMagicLink({ body: { email: email.toLowerCase(), metadata }, headers: new Headers() }).catch(reject);
    });
    return new URL(`/admin/sign-in-link#${token}`, this.config.PUBLIC_URL).toString();
  }

  /** Signs in with the token of such a link. @throws AppError `link_used` */
  async enterByLink(from: AuthRequest, token: string): Promise<AuthAnswer> {
    const answer = await this.call('GET', '/magic-link/verify', from, undefined, { token });
    if (answer.cookies.length === 0) throw new AppError(...(faults.INVALID_TOKEN as ConstructorParameters<typeof AppError>));
    return answer;
  }

  /** Begins to sign in through the OpenID Connect provider: `body.url` is where the browser goes. */
  startOidc(from: AuthRequest): Promise<AuthAnswer> {
    return this.call(
      'POST',
      '/sign-in/social',
      { ...from, cookie: undefined },
      { provider: providerId, callbackURL: '/admin/', disableRedirect: true },
    );
  }

  /** Names the person to the act that signs in; through the provider there is none, and the entry is written here. */
  private async auditSignIn(userId: string, address: string | null | undefined): Promise<void> {
    const person = await this.people.find(userId);
    if (!person) return;
    const { id, name } = person;
    const fields = { actor: { kind: 'person' as const, id, name }, subject: { kind: 'person', id, name } };
    if (auditScope()) noteAudit(fields);
    else await this.audit.write({ ...fields, action: 'person.signed_in', ...(address && { address }) });
  }

  private renewed(cookie: string): string {
    return renewSignatures(
      cookie,
      this.secrets.map(({ value }) => value),
    );
  }

  /** Ends such a sign-in with what the provider sent. @throws AppError `single_sign_on_refused`, `person_disabled` */
  async endOidc(from: AuthRequest, query: Record<string, string>): Promise<AuthAnswer> {
    try {
      const answer = await this.call('GET', '/callback/oidc', from, undefined, query);
      // The library answers a refusal by a page of its own, with its code in the address.
      const location = typeof answer.body.location === 'string' ? new URL(answer.body.location, this.config.PUBLIC_URL) : null;
      const refusal = location?.searchParams.get('error');
      if (!refusal) return answer;
      throw new AppError('unauthenticated', 'single_sign_on_refused', `The sign-in was refused: ${refusal.slice(0, 100)}`);
    } catch (error) {
      this.log.warn({ event: 'staff.single_sign_on_refused', error: (error as Error).message });
      throw error;
    }
  }

  private faultOf(status: number, body: Record<string, unknown> | null): AppError {
    const code = typeof body?.code === 'string' ? body.code : '';
    const known = faults[code] ?? (status === 401 ? faults.UNAUTHORIZED : undefined);
    if (known) return new AppError(...known);
    if (status === 429) return new AppError('throttled', 'rate_limited', 'Too many tries. Wait a minute.', { retryAfterSeconds: 60 });
    this.log.error({ event: 'staff.sign_in_fault', status, code });
    return status < 500
      ? new AppError('unprocessable', 'not_accepted', 'This was not accepted.')
      : new AppError('internal', 'internal', 'Something went wrong on our side.');
  }

  private build(isTls: boolean) {
    const { config, secrets } = this;
    return betterAuth({
      appName: 'Heliograph',
      baseURL: config.PUBLIC_URL,
      basePath,
      secrets,
      database: this.db.pool,
      telemetry: { enabled: false },
      logger: {
        level: 'warn',
        log: (level, message) => level === 'error' && this.log.error({ event: 'staff.auth_library', message }),
      },
      // Both are asked before, for every route that takes a cookie (`FrontDoor`).
      advanced: {
        disableCSRFCheck: true,
        disableOriginCheck: true,
        useSecureCookies: false,
        cookiePrefix: 'heliograph',
        cookies: { session_token: { name: this.cookieName, attributes: { secure: isTls, httpOnly: true, sameSite: 'lax', path: '/' } } },
        defaultCookieAttributes: { secure: isTls, httpOnly: true, sameSite: 'lax', path: '/' },
        database: { generateId: () => newId() },
        ipAddress: { ipAddressHeaders: ['x-client-address'] },
      },
      rateLimit: { enabled: false },
      emailAndPassword: {
        enabled: true,
        disableSignUp: true,
        minPasswordLength: 12,
        maxPasswordLength: 256,
        revokeSessionsOnPasswordReset: true,
        resetPasswordTokenExpiresIn: resetMinutes * 60,
        password: {
          hash: (password) => passwordWork.hash(() => hash(password, argon2)),
          verify: ({ hash: known, password }) => passwordWork.hash(() => verify(known, password)),
        },
        sendResetPassword: async ({ user, token }) => {
          const person = await this.people.find(user.id);
          if (person) await this.mailer.sendPasswordLink(person, token, 'reset');
        },
      },
      session: {
        modelName: 'staff_sign_ins',
        expiresIn: config.SIGN_IN_HOURS * 3_600,
        disableSessionRefresh: true,
        freshAge: 0,
        fields: signInFields,
      },
      databaseHooks: {
        session: {
          create: {
            // Every way to sign in ends here.
            before: async ({ userId }) => {
              if ((await this.people.find(userId))?.disabledAt)
                throw new APIError('FORBIDDEN', { code: 'PERSON_DISABLED', message: 'This person is disabled.' });
            },
            after: async ({ userId, ipAddress }) => {
              if (ipAddress) await this.people.rememberAddress(userId, ipAddress);
              await this.auditSignIn(userId, ipAddress);
            },
          },
        },
      },
      user: { modelName: 'staff_users', fields: userFields },
      account: { modelName: 'staff_accounts', fields: accountFields, accountLinking: { enabled: true, trustedProviders: [providerId] } },
      verification: { modelName: 'staff_verifications', fields: verificationFields, storeIdentifier: 'hashed' },
      plugins: [
        magicLink({
          disableSignUp: true,
          expiresIn: signInLinkMinutes * 60,
          storeToken: 'hashed',
          sendMagicLink: ({ token, metadata }) => (metadata as { take: (token: string) => void }).take(token),
        }),
        twoFactor({
          issuer: 'Heliograph',
          twoFactorTable: 'staff_two_factors',
          schema: {
            twoFactor: { modelName: 'staff_two_factors', fields: twoFactorFields },
            user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          },
        }),
        ...(this.hasOidc
          ? [
              genericOAuth({
                config: [
                  {
                    providerId,
                    clientId: config.OIDC_CLIENT_ID as string,
                    clientSecret: config.OIDC_CLIENT_SECRET,
                    discoveryUrl: `${(config.OIDC_ISSUER as string).replace(/\/$/, '')}/.well-known/openid-configuration`,
                    scopes: ['openid', 'email', 'profile'],
                    pkce: true,
                    requireIdTokenVerification: true,
                    // An email that the provider itself doubts is nobody's. Some providers send the claim as a text.
                    mapProfileToUser: (profile) => (String(profile.email_verified) === 'false' ? { email: undefined } : {}),
                    // Only who is invited gets in.
                    disableImplicitSignUp: true,
                    disableSignUp: true,
                  },
                ],
              }),
            ]
          : []),
      ],
    });
  }
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' };
const userFields = { ...times, emailVerified: 'email_verified' };
const signInFields = { ...times, userId: 'user_id', expiresAt: 'expires_at', ipAddress: 'ip_address', userAgent: 'user_agent' };
const verificationFields = { ...times, expiresAt: 'expires_at' };
const accountFields = {
  ...times,
  userId: 'user_id',
  accountId: 'account_id',
  providerId: 'provider_id',
  accessToken: 'access_token',
  refreshToken: 'refresh_token',
  idToken: 'id_token',
  accessTokenExpiresAt: 'access_token_expires_at',
  refreshTokenExpiresAt: 'refresh_token_expires_at',
};
const twoFactorFields = {
  userId: 'user_id',
  backupCodes: 'backup_codes',
  failedVerificationCount: 'failed_verification_count',
  lockedUntil: 'locked_until',
};
