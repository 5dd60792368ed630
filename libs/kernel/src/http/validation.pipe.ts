import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { AppError, type FieldError } from '../errors/app-error';
import { faultParams, type SchemaIssue } from './schema-faults';

interface Issue extends SchemaIssue {
  path?: readonly (PropertyKey | { key: PropertyKey })[];
  /** Returns names of members that the schema does not define; zod reports them at the path of their object. */
  keys?: readonly string[];
}

const maxErrors = 100;

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Reads ids of the path in lower case, as they are stored: what names them in JSON is found by comparing texts. */
class RequestPipe extends StandardSchemaValidationPipe {
  override transform<T = unknown>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const isId = metadata.type === 'param' && typeof value === 'string' && uuid.test(value);
    return super.transform((isId ? value.toLowerCase() : value) as T, metadata);
  }
}

/** Validates a parameter with its zod schema. Faults become a 400 problem with the path of each member. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new RequestPipe({ exceptionFactory: (issues) => invalidBody(issues) });
}

/** Returns the problem for a body that does not fit its schema. */
export function invalidBody(issues: readonly Issue[], prefix = ''): AppError {
  const errors: FieldError[] = issues
    .flatMap((issue) => {
      const { path = [], code = 'invalid', message, keys = [] } = issue;
      const params = faultParams(issue);
      const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
      const named = code === 'unrecognized_keys' && keys.length > 0 ? keys.map((key) => [...steps, key]) : [steps];
      return named.map((at) => ({ path: prefix + at.join('/'), code, message, ...(params && { params }) }));
    })
    .slice(0, maxErrors);
  return new AppError('invalid', 'invalid_body', 'The request does not fit its schema.', { errors });
}
