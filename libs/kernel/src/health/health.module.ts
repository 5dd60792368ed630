import { Controller, Get, Global, HttpCode, Module, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult, TerminusModule } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Database } from '../database/database';
import { HealthChecks } from './health-checks';
import { DrainService } from '../shutdown/drain.service';

/** Duration above which a check counts as failed, in ms. */
const patienceMs = 2_000;

/** Answers Kubernetes probes. Liveness never depends on anything outside the process: a database outage must not restart pods. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  private started = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly db: Database,
    private readonly drain: DrainService,
    private readonly checks: HealthChecks,
  ) {}

  @Get('live')
  @HttpCode(200)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('startup')
  async startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    if (!this.started) this.started = await this.isUp(() => this.migrated());
    if (!this.started) void reply.status(503);
    return { status: this.started ? 'ok' : 'starting' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const parts: [string, () => Promise<boolean>][] = [
      ['database', () => this.migrated()],
      ['draining', () => Promise.resolve(!this.drain.isDraining)],
      ...this.checks.checks,
    ];
    try {
      return await this.health.check([
        ...parts.map(
          ([name, check]) =>
            () =>
              this.indicate(name, check),
        ),
        ...[...this.checks.facts].map(
          ([name, fact]) =>
            () =>
              this.indicator.check(name).up(fact()),
        ),
      ]);
    } catch (error) {
      void reply.status(503);
      return (error as { getResponse?: () => unknown }).getResponse?.() ?? { status: 'error' };
    }
  }

  private async indicate(name: string, check: () => Promise<boolean>): Promise<HealthIndicatorResult> {
    const session = this.indicator.check(name);
    return (await this.isUp(check)) ? session.up() : session.down();
  }

  private async isUp(check: () => Promise<boolean>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), patienceMs)));
    try {
      return await Promise.race([check(), late]);
    } catch {
      return false; // a check that throws counts like one that returns false
    } finally {
      clearTimeout(timer);
    }
  }

  /** Checks that the database answers and has every migration of this build. */
  private async migrated(): Promise<boolean> {
    const known = this.db.dataSource.migrations.length;
    const [row] = await this.db.query<{ applied: string }>(`SELECT count(*) AS applied FROM schema_migrations`);
    return Number(row?.applied) >= known;
  }
}

/** Serves /health/live, /health/ready and /health/startup, on api and worker alike. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HealthChecks],
  exports: [HealthChecks],
})
export class HealthModule {}
