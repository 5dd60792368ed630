import { AppError } from '@heliograph/kernel';
import type { SignInLimits } from '@heliograph/staff';
import { z } from 'zod';

/** Token of a link. It is sent in the body, so that no log of addresses has it. */
export const linkToken = z.string().min(20).max(200);
export const exampleToken = 'q9ZkRr0s3mJvX1yB7c2LwTnE5dHfGuA8iKpOoSxVbMY';

/** Runs work with the token of a link, and counts wrong tokens by client address. Right ones are not counted: their page asks often. @throws AppError `too_many_tries` */
export async function countingWrongLinks<T>(limits: SignInLimits, address: string, work: () => Promise<T>): Promise<T> {
  limits.assertMayTry(address);
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') limits.admitCode(address);
    throw error;
  }
}
