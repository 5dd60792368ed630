/** Months of a file, the present one among them. */
const fileMonths = 13;

/** Returns the month so many months before the present one, in UTC, as YYYY-MM. */
export function monthBefore(months: number, now = new Date()): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months)).toISOString().slice(0, 7);
}

/** Returns the address of the file with the months of a client; null: of all clients that the person sees. */
export function usageFile(client: string | null): string {
  const query = new URLSearchParams({ from: monthBefore(fileMonths - 1), ...(client && { tenant_id: client }) });
  return `/admin/v1/usage/export?${query.toString()}`;
}
