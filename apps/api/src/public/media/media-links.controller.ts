import { Controller, Get, Param, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { MediaFiles, MediaLinks } from '@heliograph/campaigns';
import { AppError, notFound, RateLimiter } from '@heliograph/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Content of files, for the provider: a signed link takes the place of a sign-in. No part of the API. */
@ApiExcludeController()
@Controller('media')
export class MediaLinksController {
  constructor(
    private readonly files: MediaFiles,
    private readonly links: MediaLinks,
    private readonly limiter: RateLimiter,
  ) {}

  @Get(':token')
  async content(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    await this.limiter.admitAddress(request.ip, reply);
    const link = this.links.read(token);
    if (link === null) throw notFound('file');
    if (link === 'expired') throw new AppError('gone', 'link_expired', 'The link has expired.');
    const { file, content } = await this.files.open(link.tenantId, link.mediaId);
    // A connection that is kept after a stream would hold up the end of the process.
    void reply.header('cache-control', 'private, max-age=3600').header('connection', 'close');
    return new StreamableFile(content, {
      type: file.type,
      length: file.bytes,
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    });
  }
}
