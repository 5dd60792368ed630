import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type BodyAnswer, type BodyRequest, type BodySource, BodySources } from '@heliograph/messaging';
import { eachWithin } from '@heliograph/templates';
import { z } from 'zod';
import { MediaLinks } from '../media/media-links';
import { interruptedMs, renderTemplate, type TemplateVersion } from './message-template';
import { maxWordingMs } from './template-check';
import { TemplateVersions } from './template-versions';

/** Value of `messages.source` of a message that a template makes. */
export const templateSource = z.object({
  t: z.uuid().describe('Id of the template.'),
  v: z.int().min(1).describe('Version of the template.'),
  l: z.string().nullable().default(null).describe('Language of the content; null: the default one.'),
  s: z.int().default(0).describe('Seed of the wording.'),
  vars: z.record(z.string(), z.unknown()).default({}).describe('Values of variables, by name.'),
});
export type TemplateSource = z.input<typeof templateSource>;

/** Messages rendered before other work of the process gets its turn. */
const atOnce = 20;
/** Messages of one version that may take all of their time; the others of a batch get less. */
const maxSlow = 3;
const maxMsOfSlow = 5;

/** Makes the bodies of messages of campaigns from their templates. A message that cannot be made fails alone. */
@Injectable()
export class CampaignBodySource implements BodySource {
  readonly kind = 'campaign';
  readonly maxMs = 20_000;

  constructor(
    private readonly versions: TemplateVersions,
    private readonly links: MediaLinks,
    sources: BodySources,
  ) {
    sources.register(this);
  }

  async render(requests: BodyRequest[]): Promise<BodyAnswer[]> {
    const sources = requests.map(({ source }) => templateSource.safeParse(source).data);
    const known = sources.flatMap((source, i) => (source ? [{ source, place: i, tenantId: (requests[i] as BodyRequest).tenantId }] : []));
    const versions = await this.versions.get(known.map(({ tenantId, source }) => ({ tenantId, id: source.t, version: source.v })));
    const answers: BodyAnswer[] = requests.map(() => ({ failed: 'The message names no template.' }));
    const jobs = known.flatMap(({ source, place }, i) => {
      const version = versions[i];
      if (version) return [{ source, place, version }];
      answers[place] = { failed: 'The template of the message does not exist.' };
      return [];
    });
    for (const [, ofVersion] of Map.groupBy(jobs, ({ version }) => version)) await this.renderAll(requests, ofVersion, answers);
    return answers;
  }

  /** Renders the messages of one version. One that takes too long is interrupted; after some, the others get less time, so that a batch ends. */
  private async renderAll(requests: BodyRequest[], jobs: Job[], answers: BodyAnswer[]): Promise<void> {
    let slow = 0;
    for (let start = 0; start < jobs.length; start += atOnce) {
      eachWithin(
        slow < maxSlow ? maxWordingMs : maxMsOfSlow,
        jobs.slice(start, start + atOnce),
        ({ source, version, place }) => {
          const { recipient, tenantId } = requests[place] as BodyRequest;
          const values = { ...source.vars, ...(recipient.startsWith('+') && { 'contact.phone': recipient }) };
          answers[place] = renderTemplate(
            version,
            source.l,
            source.s,
            values,
            (mediaId) => this.links.address({ tenantId, mediaId }),
            interruptedMs,
          );
        },
        ({ place }) => {
          slow++;
          answers[place] = { failed: 'The template takes too long for this message.' };
        },
      );
      await setImmediate();
    }
  }
}

interface Job {
  source: z.output<typeof templateSource>;
  place: number;
  version: TemplateVersion;
}
