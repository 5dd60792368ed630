import { createHash } from 'node:crypto';
import { AppError } from '@heliograph/kernel';
import { cleanSvg, SvgFault } from './clean-svg';

export const logoTypes = ['image/svg+xml', 'image/png'] as const;
export type LogoType = (typeof logoTypes)[number];

/** Maximum size of a logo, in bytes, and of a side of a PNG, in pixels. */
export const maxLogoBytes = 65_536;
const maxSide = 2_048;
const pngMark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A logo as it is stored and served. */
export interface Logo {
  type: LogoType;
  bytes: Buffer;
  hash: string;
}

/** Checks a logo and makes an SVG safe. @throws AppError `invalid_logo` */
export function readLogo(type: LogoType, bytes: Buffer): Logo {
  const clean = type === 'image/png' ? checkedPng(bytes) : checkedSvg(bytes);
  return { type, bytes: clean, hash: createHash('sha256').update(clean).digest('hex').slice(0, 32) };
}

function checkedPng(bytes: Buffer): Buffer {
  if (bytes.length > maxLogoBytes) throw invalid('A logo has at most 64 KiB.');
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(pngMark) || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw invalid('This is no PNG.');
  const sides = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (sides.some((side) => side < 1 || side > maxSide)) throw invalid(`A logo has sides of at most ${maxSide} pixels.`);
  return bytes;
}

function checkedSvg(bytes: Buffer): Buffer {
  if (bytes.length > maxLogoBytes) throw invalid('A logo has at most 64 KiB.');
  try {
    return Buffer.from(cleanSvg(bytes.toString('utf8')));
  } catch (error) {
    if (error instanceof SvgFault) throw invalid(error.message);
    throw error;
  }
}

const invalid = (sentence: string): AppError => new AppError('unprocessable', 'invalid_logo', sentence, { path: 'logo' });
