import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from './driver';
import type { Lab } from './lab/lab';

/** Columns of a file of people; `place` is a variable of messages to the file. */
const header = 'phone,name,place';
const columns = [
  { column: 'phone', to: 'phone' },
  { column: 'name', to: 'name' },
];

/** A CSV file of people with these phone numbers. */
export const peopleFile = (count: number, phoneOf: (i: number) => string): Blob =>
  new Blob([header, ...Array.from({ length: count }, (_, i) => `\n${phoneOf(i)},Person ${i},${i}`)], { type: 'text/csv' });

/** Uploads a file of people and says what its columns are. @returns the id of the import */
export async function uploadPeople(lab: Lab, driver: Driver, file: Blob): Promise<string> {
  const form = new FormData();
  form.append('file', file, 'people.csv');
  const sent = await fetch(`${lab.apiUrls[0]}/v1/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.seed.apiKey}` },
    body: form,
  });
  if (!sent.ok) throw new Error(`The file was refused: ${sent.status} ${await sent.text()}`);
  const { id } = (await sent.json()) as { id: string };
  await driver.insist('PUT', `/v1/imports/${id}/mapping`, { columns, consent: { source: 'chaos' } });
  return id;
}

/** Waits until an import has come to this state. */
export async function importIs(driver: Driver, id: string, state: 'checked' | 'done', patienceMs = 120_000): Promise<void> {
  for (const endsAt = Date.now() + patienceMs; ; await sleep(100)) {
    const now = await driver.get<{ state: string }>(`/v1/imports/${id}`);
    if (now.state === state) return;
    if (Date.now() > endsAt || now.state === 'failed') throw new Error(`The import is ${now.state}.`);
  }
}

/** Imports a file of people. @returns the id of the import, which can be an audience */
export async function importPeople(lab: Lab, driver: Driver, file: Blob, patienceMs?: number): Promise<string> {
  const id = await uploadPeople(lab, driver, file);
  await driver.insist('POST', `/v1/imports/${id}/run`);
  await importIs(driver, id, 'done', patienceMs);
  return id;
}
