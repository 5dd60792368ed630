import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { attributeName, attributeTypes, AttributeTypes, storedAttributeName } from '@heliograph/contacts';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const example = { type: 'date', label: 'Trial ends' } as const;
const attributeBody = z
  .strictObject({
    type: z.enum(attributeTypes).meta({ description: '`date` is a text such as 2026-12-24.' }),
    label: z.string().min(1).max(255).nullable().default(null),
  })
  .meta({ id: 'PutContactAttribute', example });
const attributeSchema = z
  .object({ name: z.string(), type: z.enum(attributeTypes), label: z.string().nullable() })
  .meta({ id: 'ContactAttribute', example: { name: 'trial_ends', ...example } });
const attributeList = z
  .object({ data: z.array(attributeSchema) })
  .meta({ id: 'ContactAttributeList', example: { data: [{ name: 'trial_ends', ...example }] } });
const noAttribute = problemResponse(404, 'not_found', 'No such attribute is declared.');

/** Declared types of contact attributes. */
@ApiTags('contacts')
@Controller('v1/contact-attributes')
export class ContactAttributesController {
  constructor(private readonly attributes: AttributeTypes) {}

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'listContactAttributes',
    summary: 'List declared attributes of contacts',
    description: 'An attribute that is not declared can have any text, number or boolean as its value.',
  })
  @ApiResponse({ status: 200, description: 'All declared attributes.', standardSchema: attributeList })
  async list(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof attributeList>> {
    return { data: await this.attributes.list(tenant.id) };
  }

  @Get(':name')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'getContactAttribute', summary: 'Retrieve a declared attribute' })
  @ApiResponse({ status: 200, description: 'The attribute.', standardSchema: attributeSchema })
  @ApiResponse(noAttribute)
  get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: storedAttributeName }) name: string,
  ): Promise<z.input<typeof attributeSchema>> {
    return this.attributes.get(tenant.id, name);
  }

  @Put(':name')
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'putContactAttribute',
    summary: 'Declare the type of an attribute',
    description: 'Values of another type are refused from now on. Stored values stay until they are set again.',
  })
  @ApiResponse({ status: 200, description: 'The attribute.', standardSchema: attributeSchema })
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: attributeName }) name: string,
    @Body({ schema: attributeBody }) body: z.output<typeof attributeBody>,
  ): Promise<z.input<typeof attributeSchema>> {
    await this.attributes.put(tenant.id, { name, ...body });
    return { name, ...body };
  }

  @Delete(':name')
  @HttpCode(204)
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'deleteContactAttribute', summary: 'Delete the declaration of an attribute' })
  @ApiResponse({ status: 204, description: 'The declaration is deleted; values stay.' })
  @ApiResponse(noAttribute)
  async delete(@CurrentTenant() tenant: CurrentTenantInfo, @Param('name', { schema: storedAttributeName }) name: string): Promise<void> {
    await this.attributes.delete(tenant.id, name);
  }
}
