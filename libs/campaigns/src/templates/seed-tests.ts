import { Injectable } from '@nestjs/common';
import { AppError, noteAudit, withDone } from '@heliograph/kernel';
import type { AcceptedMessage } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import { Campaigns } from '../campaigns.repository';
import { VerdictPeople } from '../launch/verdict-people.repository';
import { TemplateTrial } from './template-trial';
import { Templates } from './templates.repository';

/** People of a seed list at most. */
export const maxSeeds = 20;

/** Outcome of the test for one person of a seed list. */
export interface SeedTest {
  contactId: string;
  name: string | null;
  /** Null: nothing is sent to the person. */
  message: AcceptedMessage | null;
  /** Reason why nothing is sent: one of a skip, or of a refusal; null: the message is. */
  reason: string | null;
}

/** Sends the message of a campaign to the people of a seed list, who see it before the audience does. */
@Injectable()
export class SeedTests {
  constructor(
    private readonly campaigns: Campaigns,
    private readonly people: VerdictPeople,
    private readonly templates: Templates,
    private readonly trial: TemplateTrial,
  ) {}

  /**
   * Sends the message as each of them would get it, through the sessions of the campaign. It is no part of the campaign: it counts in none of its figures.
   * @param values values that go before all others
   * @throws AppError not_found, no_seed_list, no_template, too_many_people, unknown_source
   */
  async send(tenant: KnownTenant, id: string, listId: string | undefined, values: Record<string, string>): Promise<SeedTest[]> {
    const campaign = await this.campaigns.get(tenant.id, id);
    const { message, run } = campaign;
    const list = listId ?? tenant.settings.seed_list_id;
    if (list === null)
      throw new AppError('conflict', 'no_seed_list', 'Neither the request nor the settings of the tenant name a seed list.');
    if (message.template_id === null) throw new AppError('conflict', 'no_template', 'The campaign has no template.');
    noteAudit({ details: { seed_list: list } });
    const template = await this.templates.get(tenant.id, message.template_id, run?.templateVersion ?? message.template_version);
    // Judged as its audience is, but for what a test asks of nobody: a consent, a free place under the caps. Missing values are told by the rendering.
    const seeds = {
      ...campaign,
      audience: { include: [{ kind: 'list' as const, id: list }], exclude: [], max_people: null, random_order: false },
      message: { ...message, template_id: null },
      requires_consent: false,
      caps: { obeys: false, counts: false },
      launchedAt: null,
      run: null,
    };
    const { rows, next } = await this.people.list(tenant.id, seeds, 'all', { limit: maxSeeds });
    if (next !== null) throw new AppError('unprocessable', 'too_many_people', `A seed list has at most ${maxSeeds} people.`);
    const tests: SeedTest[] = [];
    for (const [wording, { contactId, name, address, sessionId, reason }] of rows.entries()) {
      const recipient = { contactId, campaignId: id, values, wording };
      const sent =
        reason !== null || address === null
          ? { message: null, reason }
          : sessionId === null
            ? { message: null, reason: 'no_session' }
            : await this.trial.send(tenant, template, { to: address, sessionId }, recipient).then(
                (accepted) => ({ message: accepted, reason: null }),
                (error: unknown) => {
                  // Whoever got a test would get another one by a repeat of the request.
                  const isAnySent = tests.some(({ message }) => message !== null);
                  if (!(error instanceof AppError)) throw isAnySent ? withDone(error, 'Some of the tests are sent.') : error;
                  if (error.code === 'unavailable' && !isAnySent) throw error;
                  return { message: null, reason: error.reason };
                },
              );
      tests.push({ contactId, name, ...sent });
    }
    return tests;
  }
}
