import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type ContactLine, ContactTimeline } from '@heliograph/inbox';
import { actorSchema, pageQuery } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { messageState } from '../messages/message.view';
import { exampleContact, noContact } from './contact.view';

const uuid = z.uuid();
const query = z.strictObject(pageQuery);
const line = { id: uuid, at: z.iso.datetime() };
const reactions = z.array(z.object({ author: z.string().nullable(), emoji: z.string() }));
const writtenSchema = z
  .object({
    ...line,
    type: z.literal('entry'),
    direction: z.enum(['in', 'out']).meta({ description: 'out: typed on the phone itself.' }),
    session_id: uuid,
    conversation_id: uuid,
    message_type: z.string(),
    text: z.string().nullable(),
    edited_at: z.iso.datetime().nullable(),
    deleted_at: z.iso.datetime().nullable(),
    answers_id: uuid.nullable().meta({ description: 'Our message that it answers.' }),
    reactions,
  })
  .meta({ id: 'ContactTimelineEntry' });
const messageSchema = z
  .object({
    ...line,
    type: z.literal('message'),
    message_id: uuid,
    session_id: uuid,
    address: z.string(),
    message_type: z.string().nullable().meta({ description: 'Null when the message ended before its body was created.' }),
    text: z.string().nullable(),
    state: messageState,
    cause: z.string().nullable(),
    actor: actorSchema.nullable().meta({ description: 'Author of an answer from the inbox.' }),
    reactions,
  })
  .meta({ id: 'ContactTimelineMessage', description: '`at` is the time it was sent, or the time it was created if it was never sent.' });
const consentSchema = z
  .object({
    ...line,
    type: z.literal('consent'),
    address: z.string().nullable(),
    action: z
      .enum(['opt_in', 'opt_out', 'void'])
      .meta({ description: 'void: an import was undone, and the consent that it recorded no longer counts.' }),
    purpose: z.string(),
    source: z.string(),
    actor: actorSchema,
  })
  .meta({ id: 'ContactTimelineConsent' });
const changeSchema = z
  .object({
    ...line,
    type: z.literal('change'),
    kind: z.enum(['merged', 'split', 'moved']),
    contact_id: uuid,
    other_id: uuid.nullable(),
    addresses: z.array(z.string()),
    actor: actorSchema,
  })
  .meta({ id: 'ContactTimelineChange' });
const lineSchema = z.discriminatedUnion('type', [writtenSchema, messageSchema, consentSchema, changeSchema]);
const timelinePage = pageSchema(lineSchema, {
  id: 'ContactTimelinePage',
  example: {
    data: [
      {
        id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a10',
        at: '2026-11-24T12:00:00.000Z',
        type: 'consent',
        address: exampleContact.addresses[0],
        action: 'opt_in',
        purpose: 'marketing',
        source: 'signup-form',
        actor: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
      },
    ],
    next_cursor: null,
  },
});

function view(l: ContactLine): z.input<typeof lineSchema> {
  const common = { id: l.id, at: l.at.toISOString() };
  switch (l.type) {
    case 'entry':
      return {
        ...common,
        type: l.type,
        direction: l.direction,
        session_id: l.sessionId,
        conversation_id: l.conversationId,
        message_type: l.kind,
        text: l.text,
        edited_at: l.editedAt?.toISOString() ?? null,
        deleted_at: l.deletedAt?.toISOString() ?? null,
        answers_id: l.answersId,
        reactions: l.reactions,
      };
    case 'message': {
      const { type, address, kind, text, state, cause, actor } = l;
      return {
        ...common,
        type,
        message_id: l.messageId,
        session_id: l.sessionId,
        address,
        message_type: kind,
        text,
        state,
        cause,
        actor,
        reactions: l.reactions,
      };
    }
    case 'consent': {
      const { type, address, action, purpose, source, actor } = l;
      return { ...common, type, address, action, purpose, source, actor };
    }
    case 'change': {
      const { type, kind, addresses, actor } = l;
      return { ...common, type, kind, contact_id: l.contactId, other_id: l.otherId, addresses, actor };
    }
  }
}

/** Timeline of a contact. */
@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactTimelineController {
  constructor(private readonly timeline: ContactTimeline) {}

  @Get(':id/timeline')
  @RequireScope('conversations:read')
  @ApiOperation({
    operationId: 'getContactTimeline',
    summary: 'List everything exchanged with a contact, newest first',
    description:
      'Messages in both directions over all sessions and addresses, consents, and changes of addresses, including those of contacts merged into this one. A sent message belongs to the contact that had the address at that time.',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: timelinePage })
  @ApiResponse(noContact)
  async read(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: query }) q: z.output<typeof query>,
  ): Promise<z.input<typeof timelinePage>> {
    return pageView(await this.timeline.read(tenant.id, id, q), view);
  }
}
