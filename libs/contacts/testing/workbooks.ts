import { deflateRawSync } from 'node:zlib';

interface ZipPart {
  name: string;
  text: string | Buffer;
  /** Size that the file states; absent: the true one. */
  size?: number;
  /** True for a part that is not compressed. */
  stored?: boolean;
}

/** A ZIP file of these parts. */
export function zip(parts: ZipPart[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, text, size, stored = false } of parts) {
    const plain = Buffer.from(text as string);
    const packed = stored ? plain : deflateRawSync(plain);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(stored ? 0 : 8, 8);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(size ?? plain.length, 22);
    head.writeUInt16LE(name.length, 26);
    local.push(head, Buffer.from(name), packed);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(size ?? plain.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    central.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

/** A workbook with these rows of its first visible sheet. @param stored the sheet is not compressed */
export const book = (sheet: string, more: ZipPart[] = [], stored = false): Buffer =>
  zip([
    {
      name: 'xl/workbook.xml',
      text: '<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="old" r:id="rId9" state="hidden"/><sheet name="A" r:id="rId1"/></sheets></workbook>',
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      text: '<Relationships><Relationship Id="rId1" Target="worksheets/people.xml"/><Relationship Id="rId9" Target="worksheets/old.xml"/></Relationships>',
    },
    { name: 'xl/worksheets/people.xml', text: `<worksheet><sheetData>${sheet}</sheetData></worksheet>`, stored },
    ...more,
  ]);
