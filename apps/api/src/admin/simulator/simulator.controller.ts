import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { problemResponse } from '../../http/problem.schema';
import { RequirePermission } from '../person.guard';
import { type SimulatedFault, type SimulatedNumber, type SimulatedSend, SimulatorControl } from './simulator-control';

/** Faults of a send, without the one that kills processes. */
const faultKinds = [
  'accept-500',
  'accept-502-html',
  'accept-504',
  'accept-408',
  'accept-hang',
  'accept-cut',
  'accept-reset',
  'accept-cut-body',
  'accept-late',
  'accept-no-id',
  'accept-truncated',
  'accept-empty',
  'accept-html-200',
  'refuse-500',
  'refuse-502-html',
  'refuse-408',
  'refuse-hang',
  'refuse-cut',
  'refuse-reset',
  'refuse-429',
  'refuse-401',
  'refuse-403',
  'refuse-422',
  'refuse-not-connected',
  'refuse-success-false',
  'refuse-error-member',
  'fail-later',
] as const;
const statuses = ['connecting', 'connected', 'disconnected', 'need_scan', 'need_passkey', 'logged_out', 'expired'] as const;
/** Numbers that the page shows; the simulator may have more. */
const maxNumbers = 500;

const phone = z.string().regex(/^\+[1-9]\d{7,14}$/, 'E.164, e.g. +447700900001');
const id = z.coerce.number().int().min(1).max(2_147_483_647);

const exampleNumber = { id: 4101, name: 'Line 4101', phone: '+447700904101', status: 'connected', shows_qr: false, sends_hooks: true };
const exampleFault = { id: 1, kind: 'refuse-429', session_id: 4101, rate: 0.1, every: null, times: 20, seen: 40, struck: 4 };
const exampleSend = {
  seq: 118,
  at: '2026-11-23T09:00:00.000Z',
  session_id: 4101,
  to: '+447700900123',
  kind: 'text',
  text: 'Hello',
  decision: 'accepted',
  answer: 'full',
  status: 3,
};

const numberSchema = z
  .object({ id: z.int(), name: z.string(), phone: z.string(), status: z.string(), shows_qr: z.boolean(), sends_hooks: z.boolean() })
  .meta({ id: 'SimulatorNumber', example: exampleNumber });
const faultSchema = z
  .object({
    id: z.int(),
    kind: z.string(),
    session_id: z.int().nullable().meta({ description: 'Null: every number.' }),
    rate: z.number().nullable(),
    every: z.int().nullable(),
    times: z.int().nullable(),
    seen: z.int(),
    struck: z.int().meta({ description: 'Sends that it applied to.' }),
  })
  .meta({ id: 'SimulatorFault', example: exampleFault });
const sendSchema = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    session_id: z.int(),
    to: z.string(),
    kind: z.string(),
    text: z.string().nullable(),
    decision: z.string().meta({ description: '`accepted`, or the status of the refusal; 499: refused without an answer.' }),
    answer: z.string().meta({ description: 'What the caller got of the answer: `full`, `cut`, `hang`, `late` or `garbage`.' }),
    status: z.int().meta({ description: '0 failed, 1 pending, 2 sent, 3 delivered, 4 read, 5 played.' }),
  })
  .meta({ id: 'SimulatorSend', example: exampleSend });
const stateSchema = z
  .object({
    url: z.string(),
    numbers: z.array(numberSchema),
    faults: z.array(faultSchema),
    accepted: z.int().meta({ description: 'Messages that reached WhatsApp.' }),
    refused: z.int(),
    duplicates: z.int().meta({ description: 'Contents that reached the same person more than once.' }),
  })
  .meta({
    id: 'Simulator',
    example: {
      url: 'http://127.0.0.1:3900',
      numbers: [exampleNumber],
      faults: [exampleFault],
      accepted: 118,
      refused: 4,
      duplicates: 0,
    },
  });
const sendsSchema = z.object({ data: z.array(sendSchema) }).meta({ id: 'SimulatorSends', example: { data: [exampleSend] } });
const doneSchema = z.object({ done: z.literal(true) }).meta({ id: 'SimulatorDone', example: { done: true } });

const numberBody = z
  .strictObject({
    status: z.enum(statuses).optional(),
    phone: phone.optional().meta({ description: 'The phone that is linked from now on.' }),
  })
  .meta({ id: 'ChangeSimulatorNumber', example: { status: 'logged_out' } });
const faultBody = z
  .strictObject({
    kind: z.enum(faultKinds),
    session_id: z.int().min(1).optional(),
    rate: z.number().gt(0).max(1).optional().meta({ description: 'Share of the sends, by chance.' }),
    every: z.int().min(1).max(1_000_000).optional(),
    times: z.int().min(1).max(1_000_000).optional().meta({ description: 'At most so many sends; absent: no end.' }),
  })
  .meta({ id: 'AddSimulatorFault', example: { kind: 'refuse-429', session_id: 4101, times: 20 } });
const messageBody = z
  .strictObject({ from: phone, text: z.string().min(1).max(4_096), name: z.string().min(1).max(100).optional() })
  .meta({ id: 'SimulatorMessage', example: { from: '+447700900123', text: 'Is this still free?' } });
const sendsQuery = z.strictObject({
  session_id: id.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const numberView = (one: SimulatedNumber): z.input<typeof numberSchema> => ({
  id: one.id,
  name: one.name,
  phone: one.phone,
  status: one.status,
  shows_qr: one.qr !== null,
  sends_hooks: one.webhookEnabled,
});
const faultView = (one: SimulatedFault): z.input<typeof faultSchema> => ({
  id: one.id,
  kind: one.kind,
  session_id: one.sessionId ?? null,
  rate: one.rate ?? null,
  every: one.every ?? null,
  times: one.times ?? null,
  seen: one.seen,
  struck: one.struck,
});
const sendView = (one: SimulatedSend): z.input<typeof sendSchema> => ({
  seq: one.seq,
  at: new Date(one.wallMs).toISOString(),
  session_id: one.sessionId,
  to: one.to,
  kind: one.kind,
  text: typeof one.content.text === 'string' ? one.content.text : null,
  decision: String(one.decision),
  answer: one.answer,
  status: one.status,
});

const done = { status: 200, description: 'Done.', standardSchema: doneSchema };
const noSimulator = problemResponse(404, 'no_simulator', 'The provider is not a simulator, or the simulator has no such number.');
const refusal = problemResponse(422, 'simulator_refused', 'The simulator refused it.');
const down = problemResponse(503, 'simulator_down', 'The simulator did not answer.');

/** The simulator that stands in for the provider, for people who try Heliograph: a few calls of its control API, by name. */
@ApiTags('staff')
@Controller('admin/v1/simulator')
@RequirePermission('sessions:manage')
@ApiResponse(noSimulator)
@ApiResponse(down)
export class SimulatorController {
  constructor(private readonly simulator: SimulatorControl) {}

  @Get()
  @ApiOperation({ operationId: 'getSimulator', summary: 'Retrieve the numbers, faults and counts of the simulator' })
  @ApiResponse({ status: 200, description: 'The simulator.', standardSchema: stateSchema })
  async get(): Promise<z.input<typeof stateSchema>> {
    const [numbers, faults, summary] = await Promise.all([
      this.simulator.call<SimulatedNumber[]>('GET', 'sessions'),
      this.simulator.call<SimulatedFault[]>('GET', 'faults'),
      this.simulator.call<{ accepted: number; refused: Record<string, number>; duplicates: number }>('GET', 'ledger/summary'),
    ]);
    return {
      url: this.simulator.url ?? '',
      numbers: numbers.slice(0, maxNumbers).map(numberView),
      faults: faults.map(faultView),
      accepted: summary.accepted,
      refused: Object.values(summary.refused).reduce((sum, count) => sum + count, 0),
      duplicates: summary.duplicates,
    };
  }

  @Get('sends')
  @ApiOperation({ operationId: 'listSimulatorSends', summary: 'List the last sends in the ledger of the simulator' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: sendsSchema })
  async sends(@Query({ schema: sendsQuery }) q: z.output<typeof sendsQuery>): Promise<z.input<typeof sendsSchema>> {
    const of = q.session_id === undefined ? '' : `&session=${q.session_id}`;
    return { data: (await this.simulator.call<SimulatedSend[]>('GET', `ledger/latest?limit=${q.limit}${of}`)).map(sendView) };
  }

  @Delete('sends')
  @ApiOperation({ operationId: 'resetSimulator', summary: 'Clear the ledger of the simulator' })
  @ApiResponse(done)
  async clear(): Promise<z.input<typeof doneSchema>> {
    await this.simulator.call('POST', 'reset', {});
    return { done: true };
  }

  @Patch('numbers/:id')
  @ApiOperation({
    operationId: 'changeSimulatorNumber',
    summary: 'Move a number of the simulator, as WhatsApp would, or link another phone',
  })
  @ApiResponse({ status: 200, description: 'The number.', standardSchema: numberSchema })
  @ApiResponse(refusal)
  async change(
    @Param('id', { schema: id }) number: number,
    @Body({ schema: numberBody }) body: z.output<typeof numberBody>,
  ): Promise<z.input<typeof numberSchema>> {
    return numberView(await this.simulator.call<SimulatedNumber>('PATCH', `sessions/${number}`, body));
  }

  @Post('numbers/:id/scan')
  @HttpCode(200)
  @ApiOperation({ operationId: 'linkSimulatorNumber', summary: 'Scan the QR code that a number of the simulator shows' })
  @ApiResponse({ status: 200, description: 'The number.', standardSchema: numberSchema })
  @ApiResponse(refusal)
  async scan(@Param('id', { schema: id }) number: number): Promise<z.input<typeof numberSchema>> {
    return numberView(await this.simulator.call<SimulatedNumber>('POST', `sessions/${number}/scan`, {}));
  }

  @Post('numbers/:id/messages')
  @HttpCode(200)
  @ApiOperation({ operationId: 'receiveSimulatorMessage', summary: 'Write to a number of the simulator as a contact' })
  @ApiResponse(done)
  @ApiResponse(refusal)
  async write(
    @Param('id', { schema: id }) number: number,
    @Body({ schema: messageBody }) body: z.output<typeof messageBody>,
  ): Promise<z.input<typeof doneSchema>> {
    await this.simulator.call('POST', `inject/${number}/inbound`, {
      from: body.from.slice(1),
      text: body.text,
      ...(body.name && { pushName: body.name }),
    });
    return { done: true };
  }

  @Post('faults')
  @HttpCode(200)
  @ApiOperation({ operationId: 'addSimulatorFault', summary: 'Make sends through the simulator fail' })
  @ApiResponse({ status: 200, description: 'The fault.', standardSchema: faultSchema })
  @ApiResponse(refusal)
  async fail(@Body({ schema: faultBody }) { session_id, ...rule }: z.output<typeof faultBody>): Promise<z.input<typeof faultSchema>> {
    return faultView(
      await this.simulator.call<SimulatedFault>('POST', 'faults', { ...rule, ...(session_id !== undefined && { sessionId: session_id }) }),
    );
  }

  @Delete('faults')
  @ApiOperation({ operationId: 'removeSimulatorFaults', summary: 'Remove all faults of the simulator' })
  @ApiResponse(done)
  async heal(): Promise<z.input<typeof doneSchema>> {
    await this.simulator.call('DELETE', 'faults');
    return { done: true };
  }
}
