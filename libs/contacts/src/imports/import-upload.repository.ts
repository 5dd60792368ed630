import { Injectable } from '@nestjs/common';
import { type Actor, AppError, cleanText, Database, noteAudit, outsideAudit, storedActor } from '@heliograph/kernel';
import { AttributeTypes } from '../attribute-types.repository';
import { type ContactImport, ImportFault, type ImportFormat } from './contact-import';
import { readImport, toImport } from './contact-import-record.repository';
import { holdRoom, type ImportRef, inParts, newImport, putFilePart } from './import-files.repository';
import { importLimits } from './import-limits';
import { tellImport } from './import-notices.repository';
import { invalidFile, previewOf } from './import-preview';

/** Takes the files of imports. */
@Injectable()
export class ImportUploads {
  constructor(
    private readonly db: Database,
    private readonly types: AttributeTypes,
  ) {}

  /**
   * Stores a file as it arrives, in parts, and reads its first rows.
   * @param file its bytes, and after them whether the upload was cut
   * @throws AppError `file_too_large`, `empty_file`, `not_a_table`, `imports_full`; `invalid_file` with the fault of the file
   */
  async upload(
    tenantId: string,
    actor: Actor,
    { name, country }: { name: string; country: string },
    file: AsyncIterable<Buffer> & { truncated?: boolean },
  ): Promise<ContactImport> {
    const ref = newImport(tenantId);
    const fileName = cleanText(name).slice(0, 255) || 'import.csv';
    try {
      const stored = await outsideAudit(() => this.store(ref, actor, fileName, file));
      const types = await this.db.forTenant(tenantId, async (tx) => (await this.types.of(tx, [tenantId])).get(tenantId));
      const preview = await previewOf(this.db.reading, ref, { ...stored, country, types: types ?? new Map() });
      return await this.db.forTenant(tenantId, async (tx) => {
        // Other uploads may have taken the room meanwhile.
        await holdRoom(tx, tenantId, stored.bytes);
        noteAudit({ subject: { kind: 'contact_import', id: ref.id }, details: { bytes: stored.bytes, format: stored.format } });
        await tellImport(tx, ref);
        await tx.query(
          `UPDATE contact_imports SET state = 'uploaded', format = $3, bytes = $4, is_utf8 = $5, reading = $6, columns = $7, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
          [tenantId, ref.id, stored.format, stored.bytes, stored.isUtf8, JSON.stringify(preview.reading), JSON.stringify(preview.columns)],
        );
        return toImport(await readImport(tx, ref));
      });
    } catch (error) {
      await outsideAudit(() => this.discard(ref));
      throw error instanceof ImportFault ? invalidFile(error) : error;
    }
  }

  /** Stores the upload; its parts are committed one by one, so that no transaction waits for the network. */
  private async store(
    ref: ImportRef,
    actor: Actor,
    fileName: string,
    file: AsyncIterable<Buffer> & { truncated?: boolean },
  ): Promise<{ format: ImportFormat; bytes: number; isUtf8: boolean | null }> {
    const { tenantId, id } = ref;
    const text = new TextDecoder('utf-8', { fatal: true });
    let [format, isUtf8, bytes, place]: [ImportFormat, boolean, number, number] = ['csv', true, 0, 0];
    for await (const part of inParts(file)) {
      if (place === 0) {
        format = formatOf(part);
        await this.db.forTenant(tenantId, async (tx) => {
          await holdRoom(tx, tenantId, part.length);
          await tx.query(`INSERT INTO contact_imports (tenant_id, id, file_name, actor, actor_ref) VALUES ($1, $2, $3, $4, $5)`, [
            tenantId,
            id,
            fileName,
            ...storedActor(actor),
          ]);
        });
      }
      isUtf8 &&= isValid(() => text.decode(part, { stream: true }));
      await this.db.forTenant(tenantId, (tx) => putFilePart(tx, ref, place++, part));
      bytes += part.length;
    }
    if (file.truncated) throw tooLarge();
    if (bytes === 0) throw new AppError('unprocessable', 'empty_file', 'The file is empty.');
    isUtf8 &&= isValid(() => text.decode());
    return { format, bytes, isUtf8: format === 'csv' ? isUtf8 : null };
  }

  private async discard({ tenantId, id }: ImportRef): Promise<void> {
    await this.db.forTenant(tenantId, async (tx) => {
      await tx.query(`DELETE FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2`, [tenantId, id]);
      await tx.query(`DELETE FROM contact_imports WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    });
  }
}

const tooLarge = () => new AppError('too_large', 'file_too_large', `A file has at most ${importLimits.maxBytes / 1024 / 1024} MB.`);

function isValid(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}

/** @throws AppError when the bytes are those of another kind of file */
function formatOf(start: Buffer): ImportFormat {
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) return 'xlsx';
  if (start.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0])))
    throw new AppError(
      'unprocessable',
      'not_a_table',
      'This is an old Excel file, or one with a password. Save it as XLSX or CSV without a password.',
    );
  const isWide = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  if (!isWide && start.subarray(0, 4_096).includes(0))
    throw new AppError('unprocessable', 'not_a_table', 'The file is neither CSV nor XLSX.');
  return 'csv';
}
