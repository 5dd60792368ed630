import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { EntityTags } from '@heliograph/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemResponse } from './problem.schema';

/** The `EntityTags` of the request. */
export const Tags = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return new EntityTags(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
});

/** Documents that a change is refused when the tag of If-Match is an old one. */
export const TakesIfMatch = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The `ETag` of what was read: the change is refused when another one came first.',
      schema: { type: 'string' },
    }),
    ApiResponse(problemResponse(412, 'precondition_failed', 'It was changed since the tag of If-Match.')),
  );

/** The documented answer with its tag. */
export const tagged = (answer: ApiResponseOptions): ApiResponseOptions => ({
  ...answer,
  headers: { ETag: { description: 'Tag of what can be edited, for If-Match.', schema: { type: 'string' } } },
});
