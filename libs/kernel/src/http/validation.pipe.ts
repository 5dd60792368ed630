import { StandardSchemaValidationPipe } from '@nestjs/common';
import { AppError, type FieldError } from '../errors/app-error';

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[];
  code?: string;
}

const mostErrors = 100;

/** Runs the zod schema of a parameter; its faults become a 400 problem with the path of each member. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: (issues) => invalidBody(issues) });
}

/** The problem of a body that does not fit its schema. */
export function invalidBody(issues: readonly Issue[], prefix = ''): AppError {
  const errors: FieldError[] = issues.slice(0, mostErrors).map((issue) => ({
    path: prefix + (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('/'),
    code: issue.code ?? 'invalid',
    message: issue.message,
  }));
  return new AppError('invalid', 'invalid_body', 'The request does not fit its schema.', { errors });
}
