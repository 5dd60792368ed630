import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { chooseTenant } from '../providers/tenant';
import { server } from '../testing/server';
import { useNames } from './segments';

describe('names of lists', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('stay while others are searched for, but never under another client', async () => {
    server.answer = ({ headers, query }) =>
      headers.get('heliograph-tenant') === 'kettle' && !query.has('name')
        ? { data: [{ id: 'l1', name: 'Customers of Kettle' }] }
        : new Promise<object>(() => undefined);
    chooseTenant('kettle');
    const queries = new QueryClient();
    const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
    const { result, rerender } = renderHook(({ typed }) => useNames('list', typed).data, { wrapper, initialProps: { typed: '' } });
    await waitFor(() => expect(result.current).toHaveLength(1));
    rerender({ typed: 'spring' });
    expect(result.current).toHaveLength(1);
    act(() => chooseTenant('dental'));
    expect(result.current).toBeUndefined();
  });
});
