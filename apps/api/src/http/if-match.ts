import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { EntityTags } from '@heliograph/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemResponse } from './problem.schema';

/** Returns the `EntityTags` of the request. */
export const Tags = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return new EntityTags(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
});

/** Documents that a change is refused when the tag in If-Match is outdated. */
export const TakesIfMatch = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The `ETag` of the version that was read. The change is refused when the resource changed since.',
      schema: { type: 'string' },
    }),
    ApiResponse(problemResponse(412, 'precondition_failed', 'The resource changed since the version in If-Match.')),
  );

/** Adds the tag to a documented response. */
export const tagged = (answer: ApiResponseOptions): ApiResponseOptions => ({
  ...answer,
  headers: { ETag: { description: 'Tag of the editable members, for If-Match.', schema: { type: 'string' } } },
});
