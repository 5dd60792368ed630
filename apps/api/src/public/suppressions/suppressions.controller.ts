import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  canonicalAddress,
  canonicalAddresses,
  Contacts,
  type LanguageKeywords,
  OptKeywords,
  type Suppression,
  suppressionReasons,
  Suppressions,
} from '@heliograph/contacts';
import { type Actor, actorSchema, instant, pageQuery, TakesRows } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const address = z.string().min(1).max(128);
const addBody = z
  .strictObject({
    addresses: z
      .array(address)
      .min(1)
      .max(10_000)
      .meta({ description: 'Address in any spelling, or `sha256:<hex>` of the canonical form (+E.164).' }),
    note: z.string().min(1).max(500).nullable().default(null),
    expires_at: instant
      .transform((s) => new Date(s))
      .nullable()
      .default(null),
  })
  .meta({ id: 'AddSuppressions', example: { addresses: ['+447700900109'], note: 'Asked by phone' } });
const listQuery = z.strictObject({
  reason: z.enum(suppressionReasons).optional(),
  address: address.optional(),
  contact_id: z.uuid().optional().meta({ description: 'Only addresses of this contact.' }),
  ...pageQuery,
});
const liftBody = z
  .strictObject({ address, reason: z.enum(suppressionReasons).optional() })
  .meta({ id: 'LiftSuppression', example: { address: '+447700900109', reason: 'bad_number' } });
const exampleSuppression = {
  address: '+447700900109',
  reason: 'manual',
  note: 'Asked by phone',
  actor: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  created_at: '2026-11-24T12:00:00.000Z',
  expires_at: null,
} as const;
const suppressionSchema = z
  .object({
    address: z.string(),
    reason: z.enum(suppressionReasons),
    note: z.string().nullable(),
    actor: actorSchema,
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Suppression', example: exampleSuppression });
const suppressionPage = pageSchema(suppressionSchema, {
  id: 'SuppressionPage',
  example: { data: [exampleSuppression], next_cursor: null },
});
const addedSchema = z.object({ added: z.int() }).meta({ id: 'AddedSuppressions', example: { added: 1 } });

const language = z.string().regex(/^[a-z]{2,3}$/, 'A language is an ISO 639 code, e.g. en.');
const words = z.array(z.string().min(1).max(60)).max(200);
const exampleKeywords = { language: 'en', opt_out: ['stop', 'unsubscribe'], opt_in: ['start'], is_own: false };
const keywordsSchema = z
  .object({ language: z.string(), opt_out: z.array(z.string()), opt_in: z.array(z.string()), is_own: z.boolean() })
  .meta({ id: 'OptKeywords', example: exampleKeywords });
const keywordsList = z.object({ data: z.array(keywordsSchema) }).meta({ id: 'OptKeywordsList', example: { data: [exampleKeywords] } });
const keywordsBody = z
  .strictObject({ opt_out: words, opt_in: words })
  .meta({ id: 'PutOptKeywords', example: { opt_out: ['stop', 'halt'], opt_in: ['start'] } });

const testBody = z
  .strictObject({ text: z.string().min(1).max(4_096) })
  .meta({ id: 'TestOptKeywords', example: { text: 'Please stop sending me messages' } });
const testedSchema = z
  .object({
    match: z
      .object({ action: z.enum(['opt_out', 'opt_in']), language: z.string(), keyword: z.string() })
      .nullable()
      .meta({ description: 'The keyword that the text is; it takes effect at once.' }),
    near: z
      .object({ language: z.string(), keyword: z.string() })
      .nullable()
      .meta({ description: 'The opt-out keyword that the text is near to; it opens a review.' }),
  })
  .meta({ id: 'TestedOptKeywords', example: { match: null, near: { language: 'en', keyword: 'stop' } } });

const view = (s: Suppression): z.input<typeof suppressionSchema> => ({
  address: s.address,
  reason: s.reason,
  note: s.note,
  actor: s.actor,
  created_at: s.createdAt.toISOString(),
  expires_at: s.expiresAt?.toISOString() ?? null,
});
const keywordsView = (k: LanguageKeywords): z.input<typeof keywordsSchema> => ({
  language: k.language,
  opt_out: [...k.optOut],
  opt_in: [...k.optIn],
  is_own: k.isOwn,
});

/** Suppressed addresses, and the keywords that add and remove opt-outs. */
@ApiTags('suppressions')
@Controller('v1')
export class SuppressionsController {
  constructor(
    private readonly suppressions: Suppressions,
    private readonly keywords: OptKeywords,
    private readonly contacts: Contacts,
  ) {}

  @Get('suppressions')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listSuppressions', summary: 'List suppressed addresses' })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: suppressionPage })
  @ApiResponse(problemResponse(404, 'not_found', 'No such contact.'))
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address is not valid.'))
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof suppressionPage>> {
    const known = q.address && canonicalAddress(q.address, tenant.defaultCountry, 'address');
    const own = q.contact_id === undefined ? undefined : (await this.contacts.get(tenant.id, q.contact_id)).addresses;
    const addresses = known === undefined ? own : (own ?? [known]).filter((one) => one === known);
    return pageView(await this.suppressions.list(tenant.id, { reason: q.reason, addresses }, q), view);
  }

  @Post('suppressions')
  @HttpCode(200)
  @TakesRows()
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'addSuppressions',
    summary: 'Suppress addresses',
    description: 'Queued messages to them are not sent either.',
  })
  @ApiResponse({ status: 200, description: 'Number of new suppressions.', standardSchema: addedSchema })
  @ApiResponse(problemResponse(422, 'invalid_address', 'An address is not valid.'))
  async add(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: addBody }) body: z.output<typeof addBody>,
  ): Promise<z.input<typeof addedSchema>> {
    const addresses = canonicalAddresses(body.addresses, tenant.defaultCountry, 'addresses');
    const of = { reason: 'manual', note: body.note, actor, expiresAt: body.expires_at } as const;
    return { added: await this.suppressions.add(tenant.id, addresses, of) };
  }

  @Post('suppressions/lift')
  @HttpCode(204)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'liftSuppression',
    summary: 'Remove an address from the suppressions',
    description: 'For one reason, or for all.',
  })
  @ApiResponse({ status: 204, description: 'Lifted.' })
  @ApiResponse(problemResponse(404, 'not_found', 'The address is not suppressed.'))
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address is not valid.'))
  async lift(@CurrentTenant() tenant: CurrentTenantInfo, @Body({ schema: liftBody }) body: z.output<typeof liftBody>): Promise<void> {
    const known = canonicalAddress(body.address, tenant.defaultCountry, 'address');
    await this.suppressions.lift(tenant.id, known, body.reason);
  }

  @Get('opt-keywords')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listOptKeywords', summary: 'List opt-out and opt-in keywords by language' })
  @ApiResponse({ status: 200, description: 'All languages.', standardSchema: keywordsList })
  async words(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof keywordsList>> {
    return { data: (await this.keywords.list(tenant.id)).map(keywordsView) };
  }

  @Post('opt-keywords/test')
  @HttpCode(200)
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'testOptKeywords',
    summary: 'Test a text against the keywords',
    description: 'Tells whether a message with this text would opt its author out or in, or open a review. Nothing is stored.',
  })
  @ApiResponse({ status: 200, description: 'The keywords found; both are null for any other text.', standardSchema: testedSchema })
  async test(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: testBody }) body: z.output<typeof testBody>,
  ): Promise<z.input<typeof testedSchema>> {
    return this.keywords.test(tenant.id, body.text);
  }

  @Put('opt-keywords/:language')
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'putOptKeywords',
    summary: 'Replace the shipped keywords of a language',
    description:
      'A message is a keyword when it consists of the keyword alone, whatever its case, accents and punctuation. A message that is only near to an opt-out keyword opens a review.',
  })
  @ApiResponse({ status: 200, description: 'The keywords.', standardSchema: keywordsSchema })
  async setWords(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('language', { schema: language }) code: string,
    @Body({ schema: keywordsBody }) body: z.output<typeof keywordsBody>,
  ): Promise<z.input<typeof keywordsSchema>> {
    return keywordsView(await this.keywords.put(tenant.id, code, { optOut: body.opt_out, optIn: body.opt_in }));
  }

  @Delete('opt-keywords/:language')
  @HttpCode(204)
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'resetOptKeywords', summary: 'Reset the keywords of a language to the shipped ones' })
  @ApiResponse({ status: 204, description: 'Done.' })
  async resetWords(@CurrentTenant() tenant: CurrentTenantInfo, @Param('language', { schema: language }) code: string): Promise<void> {
    await this.keywords.reset(tenant.id, code);
  }
}
