'use strict';
// Which ports `npm start` listens on, checked all at once, so that one answer names every port that has to change.
const { createServer } = require('node:net');

/** @returns {Promise<string | null>} why nothing of ours can listen on this port, or null */
async function faultOf(port, isHttp) {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'is no port: choose one from 1 to 65535';
  const error = await new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
  if (error) return error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code})`;
  // Browsers and fetch refuse some ports, such as 4190 and 6000, before they connect.
  if (isHttp && (await isBlocked(port))) return 'is blocked by browsers and by fetch';
  return null;
}

async function isBlocked(port) {
  const error = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) }).then(
    () => null,
    (reason) => reason,
  );
  return error?.cause?.message === 'bad port';
}

/**
 * Checks the wanted ports, and finds others for those that cannot be had.
 * @param {{ name: string, variable: string, port: number, isHttp: boolean, isOurs?: boolean, isChosen?: boolean }[]} wanted
 *   isOurs: something of ours listens there and is used again; isChosen: the environment names it
 * @returns {Promise<{ faults: string[], instead: string } | null>} null when all can be had; `instead`: the variables of a start that can
 */
async function checkPorts(wanted) {
  const faults = [];
  const taken = new Set(wanted.map(({ port }) => port));
  const kept = new Map();
  const instead = [];
  for (const { name, variable, port, isHttp, isOurs, isChosen } of wanted) {
    const other = kept.get(port);
    const fault = other ? `is wanted for ${other} too` : isOurs ? null : await faultOf(port, isHttp);
    if (!fault) {
      kept.set(port, name);
      if (isChosen) instead.push(`${variable}=${port}`);
      continue;
    }
    faults.push(`Port ${port}, wanted for ${name}, ${fault}.`);
    let free = Number.isInteger(port) && port > 1_023 && port < 65_000 ? port + 1 : 3_000;
    while (taken.has(free) || (await faultOf(free, isHttp))) free++;
    taken.add(free);
    instead.push(`${variable}=${free}`);
  }
  return faults.length > 0 ? { faults, instead: instead.join(' ') } : null;
}

module.exports = { checkPorts };
