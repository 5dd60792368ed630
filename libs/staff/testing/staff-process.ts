import { Logger } from '@nestjs/common';
import { ChangeFeed, Database, dataSourceOptions, type KernelConfig, Metrics, SharedCounters } from '@heliograph/kernel';
import { processLoops } from '@heliograph/kernel/testing';
import type { TenantsConfig } from '@heliograph/tenants';
import { DataSource } from 'typeorm';
import { AuditLog } from '../src/audit/audit-log.repository';
import { Branding } from '../src/branding/branding.repository';
import { Mailer } from '../src/mail/mailer';
import { Invitations } from '../src/people/invitations';
import { StaffPeople } from '../src/people/staff-people.repository';
import { SignInLimits } from '../src/sign-in/sign-in-limits';
import { SignIns } from '../src/sign-in/sign-ins';
import { StaffAuth } from '../src/sign-in/staff-auth';
import type { StaffConfig } from '../src/staff.config';

/** Everything of this lib as one process has it, over connections and memory of its own. */
export type StaffProcess = Awaited<ReturnType<typeof startStaffProcess>>;

/** Starts one; several over one database are several processes. */
export async function startStaffProcess(options: { url: string; keyring: string }) {
  Logger.overrideLogger(false);
  const dataSource = await new DataSource({ ...dataSourceOptions(options.url, 6), entities: [] }).initialize();
  const db = new Database(dataSource);
  const config = {
    DATABASE_URL: options.url,
    KEYRING: options.keyring,
    PUBLIC_URL: 'https://hooks.example.com',
    SIGN_IN_HOURS: 12,
    MAIL_FROM: 'Heliograph <heliograph@localhost>',
    OIDC_NAME: 'single sign-on',
  } as KernelConfig & TenantsConfig & StaffConfig;
  const feed = new ChangeFeed(config);
  const people = new StaffPeople(db);
  const mailer = new Mailer(new Branding(db), config);
  const auth = new StaffAuth(db, mailer, people, new AuditLog(db), config);
  const signIns = new SignIns(auth, people, feed);
  const { loops, drain } = processLoops();
  const counters = new SharedCounters(db, loops);
  counters.onApplicationBootstrap();
  await feed.onApplicationBootstrap();
  return {
    db,
    people,
    auth,
    signIns,
    limits: new SignInLimits(counters, people, new Metrics()),
    invitations: new Invitations(people, auth, mailer, signIns),
    stop: async () => {
      await drain();
      await feed.onApplicationShutdown();
      await dataSource.destroy();
    },
  };
}
