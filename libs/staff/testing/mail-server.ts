import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A mail that arrived. */
export interface ArrivedMail {
  from: string;
  to: string;
  /** Head and body as they were sent. */
  text: string;
}

/** Starts a mail server that keeps what it gets. @param accepts false: it refuses every recipient */
export async function startMailServer({ accepts = true } = {}) {
  const mails: ArrivedMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let mail: ArrivedMail = { from: '', to: '', text: '' };
    let isData = false;
    let waiting = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    const hear = (line: string): void => {
      if (isData) {
        if (line !== '.') return void (mail.text += `${line}\r\n`);
        isData = false;
        mails.push(mail);
        mail = { from: '', to: '', text: '' };
        return void say('250 kept');
      }
      const [verb = ''] = line.toUpperCase().split(/[ :]/);
      const address = /<(.*)>/.exec(line)?.[1] ?? '';
      if (verb === 'MAIL') mail.from = address;
      if (verb === 'RCPT') mail.to = address;
      if (verb === 'RCPT' && !accepts) return void say('550 no such mailbox');
      if (verb === 'DATA') isData = true;
      say(verb === 'DATA' ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 ok');
    };
    say('220 ready');
    socket.on('data', (bytes) => {
      const lines = (waiting + bytes.toString('utf8')).split('\r\n');
      waiting = lines.pop() ?? '';
      lines.forEach(hear);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns the token of the link in a mail. */
export function tokenOfMail({ text }: ArrivedMail): string {
  // Quoted-printable breaks lines and writes `=` as =3D.
  const plain = text.replaceAll('=\r\n', '').replaceAll('=3D', '=');
  return /set-password#([\w-]+)/.exec(plain)?.[1] ?? '';
}
