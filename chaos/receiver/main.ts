import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ReceiverLog } from './receiver-log';

/*
 * The core application's end of callbacks, in a process of its own that nobody kills: it writes down every POST before it answers
 * anything, and fails as often as it is set to. `RECEIVER_PORT`, `RECEIVER_SEED`.
 */
const log = new ReceiverLog(Number(process.env.RECEIVER_SEED ?? 1));

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('error', () => undefined); // a caller that dies in the middle has posted nothing
  request.on('end', () => handle(request, response, Buffer.concat(parts)));
});

function handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const path = request.url ?? '';
  if (!path.startsWith('/receiver/')) return log.take(path, request.headers, body, response);
  const json = () => JSON.parse(body.toString('utf8')) as never;
  switch (`${request.method} ${path}`) {
    case 'GET /receiver/health':
      break;
    case 'PUT /receiver/secrets':
      log.trust(json());
      break;
    case 'PUT /receiver/faults':
      log.fail(json());
      break;
    case 'GET /receiver/log':
      log.write(response);
      return;
    default:
      response.statusCode = 404;
  }
  response.end('{}');
}

// A kept connection is never ended under a POST that is on its way: what fails here fails on purpose.
server.keepAliveTimeout = 0;
server.listen(Number(process.env.RECEIVER_PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
