import { faultOfAnswer, faultOfLines, openapi, templateOf } from './document';

const json = 'application/json; charset=utf-8';
const qr = { status: 'need_scan', qr: null, qr_expires_at: null };
const fault = (answer: { status?: number; type?: string; payload?: unknown }, route: string | undefined = '/v1/sessions/:id/qr') =>
  faultOfAnswer('GET', route, { status: 200, type: json, payload: JSON.stringify(qr), ...answer });

describe('an answer of the api', () => {
  it('is held against the operation of its route', () => {
    expect(fault({})).toBeNull();
    expect(fault({ status: 201 })).toMatch('which is no answer of getSessionQr');
    expect(fault({ type: 'text/plain' })).toMatch('as text/plain');
    expect(fault({ payload: JSON.stringify({ ...qr, qr: 1 }) })).toMatch('/qr must be string,null');
    expect(fault({ payload: JSON.stringify({ ...qr, token: 'x' }) })).toMatch('must NOT have additional properties');
    expect(fault({ payload: JSON.stringify({ ...qr, qr_expires_at: 'soon' }) })).toMatch('must match format "date-time"');
    expect(fault({}, '/v1/sessions/:id/qrs')).toMatch('there is no such operation');
    expect(fault({}, '/health/live')).toBeNull();
  });

  it('is a problem where no route is', () => {
    const { examples } = openapi.components.schemas.Problem ?? {};
    const problem = { status: 404, type: 'application/problem+json', payload: JSON.stringify(examples?.[0]) };
    expect(faultOfAnswer('GET', undefined, problem)).toBeNull();
    expect(faultOfAnswer('GET', undefined, { ...problem, payload: '{}' })).toMatch('is no problem of its form');
    expect(faultOfAnswer('GET', undefined, { ...problem, type: 'text/html' })).toMatch('text/html');
  });

  it('has no body where none is described', () => {
    const gone = { status: 204, type: '', payload: '' };
    expect(faultOfAnswer('DELETE', '/v1/sessions/:id', gone)).toBeNull();
    expect(faultOfAnswer('DELETE', '/v1/sessions/:id', { ...gone, payload: '{}' })).toMatch('with a body');
  });

  it('is held against its form line by line when it is a stream', () => {
    const lines = (text: string) => faultOfLines('POST', '/v1/messages/bulk', { status: 202, text });
    const verdict = '{"index":0,"status":"refused","errors":[]}\n';
    expect(lines(`${verdict}{"error":{"code":"a","detail":"b"}}\n`)).toBeNull();
    expect(lines(`${verdict}{"summary":{}}\n`)).toMatch("must have required property 'group_id'");
  });

  it('belongs to the operation that is written out before one that takes anything', () => {
    expect(templateOf('GET', '/v1/dead-letters/export?format=csv')).toBe('/v1/dead-letters/export');
    expect(templateOf('GET', '/v1/dead-letters/1')).toBe('/v1/dead-letters/{id}');
    expect(templateOf('PUT', '/v1/dead-letters/1')).toBeNull();
  });
});
