import { Injectable } from '@nestjs/common';
import { contactsNamed } from '@heliograph/contacts';
import { type AnswerText, answerTexts } from '@heliograph/inbox';
import { Database, type Page, type PageRequest } from '@heliograph/kernel';
import { type GroupAnswer, groupAnswerPage, type OutcomeKind } from '@heliograph/messaging';
import { readCampaign } from '../campaigns.repository';

/** A person who answered a campaign, with what they wrote. */
export interface CampaignReply extends GroupAnswer, AnswerText {
  name: string | null;
  externalId: string | null;
}

/** Reads what people answered to campaigns. */
@Injectable()
export class CampaignReplies {
  constructor(private readonly db: Database) {}

  /** Returns the first answer of each person, and who opted out, last first. @throws AppError not_found */
  list(tenantId: string, id: string, kind: OutcomeKind | undefined, page: PageRequest): Promise<Page<CampaignReply>> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readCampaign(tx, tenantId, id);
      const { rows, next } = await groupAnswerPage(tx, tenantId, id, kind, page);
      const texts = await answerTexts(tx, tenantId, rows);
      const named = await contactsNamed(
        tx,
        tenantId,
        rows.flatMap(({ contactId }) => contactId ?? []),
      );
      const replies = rows.map((row, i) => {
        const contact = row.contactId === null ? undefined : named.get(row.contactId);
        return {
          ...row,
          ...(texts[i] as AnswerText),
          contactId: contact?.id ?? row.contactId,
          name: contact?.name ?? null,
          externalId: contact?.externalId ?? null,
        };
      });
      return { rows: replies, next };
    });
  }
}
