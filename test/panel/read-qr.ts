import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const qrReader = readFileSync(require.resolve('jsqr'), 'utf8');

/** The text of the QR code that the page shows, read from a picture of the screen; null when there is none. */
export async function readQr(page: Page): Promise<string | null> {
  const picture = (await page.locator('.qr').screenshot()).toString('base64');
  const reader = await page.context().newPage();
  await reader.evaluate(qrReader);
  const read = await reader.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture}';
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return jsQR(data, image.width, image.height)?.data ?? null;
  })()`);
  await reader.close();
  return read as string | null;
}
