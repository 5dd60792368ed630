/** A request as a spec answers it. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

/** Stands in for the api: the setup of the specs loads it before the client, which keeps the `fetch` that it found when it was made. */
export const server: { answer: (asked: Asked) => object | Response | Promise<object | Response> } = { answer: () => ({}) };

vi.stubGlobal('fetch', async (request: Request): Promise<Response> => {
  const { pathname, searchParams } = new URL(request.url);
  const text = request.method === 'GET' ? '' : await request.clone().text();
  const answer = await server.answer({
    method: request.method,
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  });
  return answer instanceof Response ? answer : Response.json(answer);
});

/** Returns a record as the api answers it, with its tag. */
export const withTag = (record: object, tag: string): Response => Response.json(record, { headers: { etag: tag } });

/** Returns a refusal of the api. */
export const refusal = (status: number, code: string, detail = 'Refused.'): Response => Response.json({ code, detail }, { status });
