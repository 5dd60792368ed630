import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type Conversation,
  conversationKinds,
  Conversations,
  InboxActions,
  replyBlocks,
  ReplyObstacles,
  type TimelineEntry,
  Timelines,
} from '@heliograph/inbox';
import { type Actor, actorSchema, pageQuery, requestHash } from '@heliograph/kernel';
import { MessageReader, replyMessageBody, type ReplyMessageBody } from '@heliograph/messaging';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequireScope, Sends } from '../../http/api-key.guard';
import { OwnIdempotency } from '../../http/idempotency.interceptor';
import { idempotencyKeyOf } from '../../http/idempotency-key';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { acceptedMessageSchema, acceptedView, messageState } from '../messages/message.view';
import { pageSchema, pageView } from '../../http/page.view';
import { problemResponse } from '../../http/problem.schema';

const uuid = z.uuid();
const listQuery = z.strictObject({
  session_id: uuid.optional(),
  contact_id: uuid.optional(),
  kind: z.enum(conversationKinds).optional(),
  unread: z
    .enum(['true', 'false'])
    .transform((v) => v === 'true')
    .optional(),
  ...pageQuery,
});
const entriesQuery = z.strictObject(pageQuery);

const exampleConversation = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a00',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  kind: 'person',
  contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0',
  contact_name: 'Priya',
  address: '+447700900101',
  unread: 1,
  last_entry_at: '2026-11-24T12:00:00.000Z',
  last_inbound_at: '2026-11-24T12:00:00.000Z',
  last_text: 'Can we come at eight?',
  created_at: '2026-11-24T11:00:00.000Z',
} as const;
const conversationSchema = z
  .object({
    id: uuid,
    session_id: uuid,
    kind: z.enum(conversationKinds),
    contact_id: uuid.nullable(),
    contact_name: z.string().nullable(),
    address: z.string().meta({ description: 'Address an answer is sent to: the one the person last wrote from.' }),
    unread: z.int(),
    last_entry_at: z.iso.datetime(),
    last_inbound_at: z.iso.datetime().nullable(),
    last_text: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Conversation', example: exampleConversation });
const exampleEntry = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a01',
  at: '2026-11-24T12:00:00.000Z',
  direction: 'in',
  type: 'text',
  text: 'Can we come at eight?',
  author: null,
  push_name: 'Priya',
  choice_id: null,
  view_once: false,
  edited_at: null,
  deleted_at: null,
  historical: false,
  actionable: ['question'],
  answers_id: null,
  message_id: null,
  state: null,
  actor: null,
  reactions: [],
} as const;
const entrySchema = z
  .object({
    id: uuid,
    at: z.iso.datetime(),
    direction: z.enum(['in', 'out']),
    type: z.string(),
    text: z.string().nullable(),
    author: z.string().nullable().meta({ description: 'Author within a group.' }),
    push_name: z.string().nullable(),
    choice_id: z.string().nullable(),
    view_once: z.boolean().meta({ description: 'True for a file that its sender limited to one view.' }),
    edited_at: z.iso.datetime().nullable(),
    deleted_at: z.iso.datetime().nullable(),
    historical: z.boolean().meta({ description: 'True when the message was replayed as the session was linked.' }),
    actionable: z.array(z.string()),
    answers_id: uuid.nullable().meta({ description: 'Our message that it answers.' }),
    message_id: uuid.nullable().meta({ description: 'Id of our message; null for other entries.' }),
    state: messageState.nullable().meta({ description: 'State of our message.' }),
    actor: actorSchema.nullable().meta({
      description:
        'Author of the answer; the system’s `phone`: typed on the phone itself. Null: the other side wrote it, or it was not sent from the conversation.',
    }),
    reactions: z.array(z.object({ author: z.string().nullable(), emoji: z.string() })),
  })
  .meta({ id: 'ConversationEntry', example: exampleEntry });
const exampleDetail = {
  ...exampleConversation,
  session: { name: 'London 1', phone: '+447700900001', status: 'connected', held_reason: null },
  reply_blocked_by: null,
};
const detailSchema = conversationSchema
  .extend({
    session: z
      .object({ name: z.string(), phone: z.string().nullable(), status: z.string(), held_reason: z.string().nullable() })
      .nullable()
      .meta({ description: 'The session that answers are sent through; null when it was deleted.' }),
    reply_blocked_by: z.enum(replyBlocks).nullable().meta({
      description:
        'Reason why an answer would not be sent now. `session_deleted`, `opted_out`, `bad_number`, `suppressed`, `agency_suppressed`: it is not sent at all. `session_not_connected`, `session_held`: it waits for the session. Null: nothing is known to stop it.',
    }),
  })
  .meta({ id: 'ConversationDetail', example: exampleDetail });
const conversationPage = pageSchema(conversationSchema, {
  id: 'ConversationPage',
  example: { data: [exampleConversation], next_cursor: null },
});
const entryPage = pageSchema(entrySchema, { id: 'ConversationEntryPage', example: { data: [exampleEntry], next_cursor: null } });
const unreadSchema = z
  .object({ conversations: z.int(), messages: z.int() })
  .meta({ id: 'UnreadCounts', example: { conversations: 1, messages: 3 } });
const readSchema = conversationSchema
  .extend({
    shown_to_sender: z.boolean().meta({ description: 'True when the provider was notified; false also when there was nothing to report.' }),
  })
  .meta({ id: 'ReadConversation', example: { ...exampleConversation, unread: 0, shown_to_sender: true } });

const noConversation = problemResponse(404, 'not_found', 'No such conversation.');

const view = (c: Conversation): z.input<typeof conversationSchema> => ({
  id: c.id,
  session_id: c.sessionId,
  kind: c.kind,
  contact_id: c.contactId,
  contact_name: c.contactName,
  address: c.address,
  unread: c.unread,
  last_entry_at: c.lastEntryAt.toISOString(),
  last_inbound_at: c.lastInboundAt?.toISOString() ?? null,
  last_text: c.lastText,
  created_at: c.createdAt.toISOString(),
});
const entryView = (e: TimelineEntry): z.input<typeof entrySchema> => ({
  id: e.id,
  at: e.at.toISOString(),
  direction: e.direction,
  type: e.kind,
  text: e.text,
  author: e.author,
  push_name: e.pushName,
  choice_id: e.choiceId,
  view_once: e.viewOnce,
  edited_at: e.editedAt?.toISOString() ?? null,
  deleted_at: e.deletedAt?.toISOString() ?? null,
  historical: e.historical,
  actionable: e.actionable,
  answers_id: e.answersId,
  message_id: e.messageId,
  state: e.state,
  actor: e.actor,
  reactions: e.reactions,
});

/** Conversations with people. */
@ApiTags('conversations')
@Controller('v1/conversations')
export class ConversationsController {
  constructor(
    private readonly conversations: Conversations,
    private readonly timelines: Timelines,
    private readonly actions: InboxActions,
    private readonly reader: MessageReader,
    private readonly obstacles: ReplyObstacles,
  ) {}

  @Get()
  @RequireScope('conversations:read')
  @ApiOperation({ operationId: 'listConversations', summary: 'List conversations, last active first' })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: conversationPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof conversationPage>> {
    const page = await this.conversations.list(
      tenant.id,
      { sessionId: q.session_id, contactId: q.contact_id, unread: q.unread, kind: q.kind },
      q,
    );
    return pageView(page, view);
  }

  @Get('unread')
  @RequireScope('conversations:read')
  @ApiOperation({ operationId: 'countUnread', summary: 'Count unread messages and conversations' })
  @ApiResponse({ status: 200, description: 'Counts.', standardSchema: unreadSchema })
  unread(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof unreadSchema>> {
    return this.conversations.unread(tenant.id);
  }

  @Get(':id')
  @RequireScope('conversations:read')
  @ApiOperation({
    operationId: 'getConversation',
    summary: 'A conversation',
    description: 'For a conversation that was merged with another, the other one. This holds for every route with its id.',
  })
  @ApiResponse({ status: 200, description: 'The conversation.', standardSchema: detailSchema })
  @ApiResponse(noConversation)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof detailSchema>> {
    const conversation = await this.conversations.get(tenant.id, id);
    const { session, blockedBy } = await this.obstacles.of(tenant, conversation);
    return {
      ...view(conversation),
      session: session && { name: session.name, phone: session.phone, status: session.status, held_reason: session.heldReason },
      reply_blocked_by: blockedBy,
    };
  }

  @Get(':id/entries')
  @RequireScope('conversations:read')
  @ApiOperation({
    operationId: 'listConversationEntries',
    summary: 'List the entries of a conversation, newest first',
    description: 'Written by the other side, by us, or on the phone itself.',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: entryPage })
  @ApiResponse(noConversation)
  async entries(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: entriesQuery }) q: z.output<typeof entriesQuery>,
  ): Promise<z.input<typeof entryPage>> {
    return pageView(await this.timelines.read(tenant.id, id, q), entryView);
  }

  @Post(':id/messages')
  @HttpCode(202)
  @Sends()
  @RequireScope('conversations:write')
  @OwnIdempotency()
  @ApiOperation({
    operationId: 'replyToConversation',
    summary: 'Answer',
    description: 'Sent through the session of the conversation, to the address the person last wrote from, with the class `reply`.',
  })
  @ApiResponse({ status: 202, description: 'Stored.', standardSchema: acceptedMessageSchema })
  @ApiResponse(noConversation)
  @ApiResponse(
    problemResponse(422, 'invalid_message', 'The message cannot be sent as it is, or the idempotency key was used for another message.'),
  )
  async reply(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: replyMessageBody }) body: ReplyMessageBody,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof acceptedMessageSchema>> {
    const conversation = await this.conversations.get(tenant.id, id);
    const whole = { ...body, to: conversation.address, session_id: conversation.sessionId, class: 'reply' as const };
    const read = this.reader.readOrThrow(tenant, whole, idempotencyKeyOf(key));
    // Compared by the request, since the target address of a repeat may have changed.
    const draft = { ...read, requestHash: read.requestHash && requestHash(body, `conversation/${id}`) };
    const { message, replayed } = await this.actions.reply(tenant.id, actor, conversation, draft);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return acceptedView(message);
  }

  @Post(':id/read')
  @HttpCode(200)
  @RequireScope('conversations:write')
  @ApiOperation({
    operationId: 'markConversationRead',
    summary: 'Mark a conversation as read',
    description: 'The sender gets a read receipt where the provider supports it.',
  })
  @ApiResponse({ status: 200, description: 'The conversation.', standardSchema: readSchema })
  @ApiResponse(noConversation)
  async read(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof readSchema>> {
    const { conversation, shown } = await this.actions.markRead(tenant.id, id);
    return { ...view(conversation), shown_to_sender: shown };
  }
}
