import type { Database } from '@heliograph/kernel';
import { AuditLog } from './audit-log.repository';

describe('the audit log', () => {
  it('reads nothing for somebody who may see no tenant', async () => {
    const query = () => Promise.reject(new Error('It read.'));
    const page = await new AuditLog({ query } as unknown as Database).list({ tenants: [] }, { limit: 10 });
    expect(page).toEqual({ rows: [], next: null });
  });
});
