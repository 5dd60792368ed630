import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { everyPart, type JsonSchema } from '../../apps/api/src/http/openapi/schemas';

interface Content {
  schema?: JsonSchema;
  example?: unknown;
}
interface Answer {
  $ref?: string;
  description?: string;
  content?: Record<string, Content>;
}
interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, Answer>;
}

/** The committed document. */
export const openapi = JSON.parse(readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8')) as {
  openapi: string;
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; responses: Record<string, Answer>; securitySchemes: Record<string, object> };
};

/** Every operation of the document. */
export const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

/** An answer, or the component that it names. */
export function answerOf(answer: Answer | undefined): Answer | undefined {
  return answer?.$ref ? openapi.components.responses[answer.$ref.split('/').at(-1) ?? ''] : answer;
}

/** Schema of answers in which a member that the document lacks is a fault: clients must take more, the document must name all. */
const closed = structuredClone(openapi);
for (const schema of Object.values(closed.components.schemas))
  everyPart(schema, (part) => part.properties && (part.additionalProperties ??= false));
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(closed, 'closed');
const validators = new Map<string, ValidateFunction>();

/** Faults of a value by the schema at a JSON pointer of the document; null when there are none. */
export function wrongWith(pointer: string[], value: unknown): string | null {
  const ref = `closed#/${pointer.map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')}`;
  let validate = validators.get(ref);
  if (!validate) validators.set(ref, (validate = ajv.compile({ $ref: ref })));
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

/** Faults of a callback by the form of its type. */
export function wrongWithCallback(body: { type: string }): string | null {
  const name = body.type.replace(/(?:^|[._])(\w)/g, (_, first: string) => first.toUpperCase());
  return wrongWith(['components', 'schemas', `${name}Callback`], body);
}

/** The path of the document that a URL is of. */
export function templateOf(method: string, url: string): string | null {
  const steps = (url.split('?')[0] ?? '').split('/');
  const fitting = operations.filter((one) => {
    const own = one.path.split('/');
    return (
      one.method === method.toLowerCase() &&
      own.length === steps.length &&
      own.every((step, i) => step.startsWith('{') || step === steps[i])
    );
  });
  // A step that is written out goes before one that may be anything.
  return fitting.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path ?? null;
}

/** Every form of an answer is a component: see the test of the document. */
function wrongWithForm(form: JsonSchema | undefined, value: unknown): string | null {
  return form?.$ref ? wrongWith(form.$ref.split('/').slice(1), value) : 'the form is no component';
}

/** Fault of an answer by the operation of its route; null when there is none, and for routes outside the document. */
export function faultOfAnswer(
  method: string,
  route: string | undefined,
  { status, type, payload }: { status: number; type: string; payload: unknown },
): string | null {
  const where = `${method} ${route ?? '(no route)'} answered ${status}: ${typeof payload === 'string' ? payload.slice(0, 300) : ''}`;
  const mime = type.split(';')[0] ?? '';
  if (route === undefined) {
    const fault = mime === 'application/problem+json' && wrongWith(['components', 'schemas', 'Problem'], JSON.parse(String(payload)));
    return fault === null ? null : `${where} is no problem of its form: ${fault || mime}`;
  }
  const template = route.replace(/:(\w+)/g, '{$1}');
  // A HEAD is answered as the GET is, without the body.
  const operation = openapi.paths[template]?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
  if (!operation) return /^\/(v1|hooks)\//.test(route) ? `${where}, and there is no such operation` : null;
  const documented = answerOf(operation.responses[status]);
  if (!documented) return `${where}, which is no answer of ${operation.operationId}`;
  if (!documented.content) return payload === null || payload === undefined || payload === '' ? null : `${where} with a body`;
  const content = documented.content[mime];
  if (!content) return `${where} as ${mime}`;
  if (method === 'HEAD' || typeof payload !== 'string' || mime === 'text/csv' || mime === 'application/x-ndjson') return null;
  const fault = wrongWithForm(content.schema, JSON.parse(payload));
  return fault && `${where} — ${fault}`;
}

/** Fault of the lines of a stream. */
export function faultOfLines(method: string, template: string, { status, text }: { status: number; text: string }): string | null {
  const operation = openapi.paths[template]?.[method.toLowerCase()];
  const schema = answerOf(operation?.responses[status])?.content?.['application/x-ndjson']?.schema;
  for (const line of text.split('\n').filter(Boolean)) {
    const fault = wrongWithForm(schema, JSON.parse(line));
    if (fault) return `${method} ${template} wrote the line ${line.slice(0, 300)} — ${fault}`;
  }
  return null;
}
