/** Returns an instant of the server by the clock of this browser, which may be wrong; null: none. */
export function byOwnClock(instant: string | null, { headers }: Response): number | null {
  if (instant === null) return null;
  const serverTime = Date.parse(headers.get('date') ?? '');
  return Date.parse(instant) + (Number.isNaN(serverTime) ? 0 : Date.now() - serverTime);
}
