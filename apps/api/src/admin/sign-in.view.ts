import type { SignIn } from '@heliograph/staff';
import { z } from 'zod';

const exampleSignIn = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1',
  address: '203.0.113.9',
  user_agent: 'Firefox',
  created_at: '2026-11-24T09:00:00.000Z',
  expires_at: '2026-11-24T21:00:00.000Z',
  current: true,
};
const signInSchema = z
  .object({
    id: z.uuid(),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    current: z.boolean(),
  })
  .meta({
    id: 'OpenSignIn',
    example: exampleSignIn,
  });
export const signInsSchema = z.object({ data: z.array(signInSchema) }).meta({ id: 'OpenSignIns', example: { data: [exampleSignIn] } });

/** @param current id of the sign-in of this request */
export const signInView = (signIn: SignIn, current: string): z.input<typeof signInSchema> => ({
  id: signIn.id,
  address: signIn.address,
  user_agent: signIn.userAgent,
  created_at: signIn.createdAt.toISOString(),
  expires_at: signIn.expiresAt.toISOString(),
  current: signIn.id === current,
});
