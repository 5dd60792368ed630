import type { AuthProvider } from 'react-admin';
import { api, ok } from './client';
import { loadBrand } from './brand';
import { forgetMe, leave, loadMe, mayDo, type Permission } from './me';
import { queryClient } from './query-client';
import { currentTenant } from './tenant';

/** Signing in and out by the cookie of the api. Only a 401 ends a sign-in: a 403, 409, 429 or 5xx never does. */
export const authProvider: AuthProvider = {
  async login() {
    forgetMe();
    await Promise.all([loadMe(), loadBrand()]);
    // React-Admin keeps the answers of its checks, also that nobody was signed in.
    queryClient.removeQueries({ queryKey: ['auth'] });
  },
  async logout() {
    leave();
    await ok(api.POST('/admin/v1/sign-out')).catch(() => undefined);
    forgetMe();
    void loadBrand();
  },
  async checkAuth() {
    if (!(await loadMe())) throw new Error('signed out');
  },
  async checkError(error: { status?: number }) {
    if (error.status !== 401) return;
    forgetMe();
    throw error;
  },
  async getIdentity() {
    const me = await loadMe();
    if (!me) throw new Error('signed out');
    return { ...me, fullName: me.name };
  },
  async canAccess({ action }) {
    // Actions of resources are permissions of the api, e.g. `messages:read`.
    return action.includes(':') ? mayDo(await loadMe(), action as Permission, currentTenant()) : true;
  },
};
