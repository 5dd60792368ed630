import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { BrokerLinks, type ReportedLink, silentS, sourceState } from '@heliograph/ingestion';
import { may, type SignedIn } from '@heliograph/staff';
import { z } from 'zod';
import { CurrentSignIn, RequirePermission } from './person.guard';

const time = z.iso.datetime();
const counts = { stored: z.int(), repeated: z.int(), poison: z.int(), set_aside: z.int() };
const exampleBroker = {
  name: 'orders',
  kind: 'rabbitmq',
  target: 'heliograph.orders',
  tenant_id: null,
  state: 'connected',
  since: '2026-11-24T09:00:00.000Z',
  lag: 3,
  stored: 4_812,
  repeated: 2,
  poison: 1,
  set_aside: 0,
  last_message_at: '2026-11-24T12:00:00.000Z',
  workers: [
    {
      worker: 'worker-1:41',
      state: 'connected',
      since: '2026-11-24T09:00:00.000Z',
      error: null,
      lag: 3,
      started_at: '2026-11-24T09:00:00.000Z',
    },
  ],
} as const;
const brokerSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['rabbitmq', 'sqs', 'kafka']),
    target: z.string().meta({ description: 'Queue or topics.' }),
    tenant_id: z.uuid().nullable().meta({ description: 'Tenant of all its messages; null: each message names its tenant.' }),
    state: z.enum(['connected', 'partly', 'down', 'silent']).meta({
      description: 'partly: some workers are connected; silent: no worker has reported it for 30 s.',
    }),
    since: time.meta({ description: 'Time of the last change of state of a worker.' }),
    lag: z.int().nullable().meta({ description: 'Messages that wait at the broker; null: unknown.' }),
    ...counts,
    last_message_at: time.nullable(),
    workers: z
      .array(
        z.object({
          worker: z.string().meta({ description: 'Host and process.' }),
          state: z.enum(['connected', 'down', 'silent']),
          since: time,
          error: z.string().nullable().meta({ description: 'Why it is down, without credentials.' }),
          lag: z.int().nullable(),
          started_at: time,
        }),
      )
      .meta({ description: 'Counts of the broker are those of these workers since they started.' }),
  })
  .meta({ id: 'Broker', example: exampleBroker });
const brokerList = z.object({ data: z.array(brokerSchema) }).meta({ id: 'BrokerList', example: { data: [exampleBroker] } });

/** Brokers as inputs: connections of workers, lag and poison. */
@ApiTags('events')
@Controller('admin/v1/brokers')
export class BrokersController {
  constructor(private readonly links: BrokerLinks) {}

  @Get()
  @RequirePermission('events:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'listBrokers',
    summary: 'List brokers as workers report them',
    description: 'A person sees the sources of their tenants. Sources that tenants share need the permission for all tenants.',
  })
  @ApiResponse({ status: 200, description: 'All sources, by name.', standardSchema: brokerList })
  async list(@CurrentSignIn() { person }: SignedIn): Promise<z.input<typeof brokerList>> {
    const links = (await this.links.list()).filter(({ tenantId }) => may(person.grants, 'events:read', tenantId));
    return { data: [...Map.groupBy(links, ({ source }) => source).values()].map(brokerView) };
  }
}

/** Joins the reports of a source's workers, of which there is at least one. */
function brokerView(all: ReportedLink[]): z.input<typeof brokerSchema> {
  const alive = all.filter(({ ageS }) => ageS < silentS);
  const links = alive.length > 0 ? alive : all;
  const [first] = links as [ReportedLink];
  const sum = (of: (link: ReportedLink) => number): number => links.reduce((total, link) => total + of(link), 0);
  const latest = (times: (Date | null)[]): string | null =>
    times.reduce<Date | null>((last, at) => (at && (!last || at > last) ? at : last), null)?.toISOString() ?? null;
  const lags = alive.flatMap(({ lag }) => lag ?? []);
  return {
    name: first.source,
    kind: first.kind,
    target: first.target,
    tenant_id: first.tenantId,
    state: sourceState(all),
    since: latest(links.map(({ since }) => since)) as string,
    // A member of a group of Kafka knows its own partitions; workers at a queue all see the whole of it.
    lag: lags.length === 0 ? null : first.kind === 'kafka' ? lags.reduce((a, b) => a + b, 0) : Math.max(...lags),
    stored: sum(({ stored }) => stored),
    repeated: sum(({ repeated }) => repeated),
    poison: sum(({ poison }) => poison),
    set_aside: sum(({ setAside }) => setAside),
    last_message_at: latest(links.map(({ lastMessageAt }) => lastMessageAt)),
    workers: links.map((link) => ({
      worker: link.worker,
      state: link.ageS >= silentS ? 'silent' : link.isUp ? 'connected' : 'down',
      since: link.since.toISOString(),
      error: link.error,
      lag: link.lag,
      started_at: link.startedAt.toISOString(),
    })),
  };
}
