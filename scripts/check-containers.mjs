// Checks the container files without a container engine: the Dockerfile by a linter and by installing the packages of its image, the
// compose file for what it names.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const { validate } = createRequire(import.meta.url)('dockerfile-utils');
const dockerfile = readFileSync('Dockerfile', 'utf8');
const faults = validate(dockerfile).map((fault) => `Dockerfile:${fault.range.start.line + 1}: ${fault.message}`);
const fault = (message) => faults.push(`docker-compose.yml: ${message}`);

const known = new Set(readFileSync('docs/CONFIGURATION.md', 'utf8').match(/(?<=^\| `)[A-Z_]+(?=`)/gm));
for (const key of ['SIM_HOST', 'SIM_PORT', 'SIM_SESSIONS', 'SIM_PAT', 'SIM_LIMITS', 'SIM_SEED', 'HEALTH_PORT']) known.add(key);

const { services, volumes = {} } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
for (const name of ['postgres', 'redis', 'migrate', 'api', 'worker', 'simulator'])
  if (!services[name]) fault(`there is no service ${name}`);
for (const [name, service] of Object.entries(services)) {
  for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
    if (!services[other]) fault(`${name} depends on ${other}, which is no service`);
    else if (condition === 'service_healthy' && !services[other].healthcheck)
      fault(`${name} waits for ${other} to be healthy, which has no health check`);
  }
  for (const volume of service.volumes ?? []) if (!(volume.split(':')[0] in volumes)) fault(`${name} mounts ${volume}, which is no volume`);
  if (service.image !== 'heliograph:local') {
    if (!/:[\w.-]+$/.test(service.image ?? '')) fault(`the image of ${name} has no version`);
    continue;
  }
  const script = service.command?.find((part) => part.endsWith('.js'));
  if (!script || !existsSync(script)) fault(`${name} runs ${script}, which the build does not make`);
  for (const key of Object.keys(service.environment ?? {})) if (!known.has(key)) fault(`${name} sets ${key}, which nothing reads`);
}

faults.push(...packageFaults());

/** Installs the packages of the image as the Dockerfile does, and loads each that the build requires: the compiled ones load their code. */
function packageFaults() {
  const install = /^FROM \S+ AS packages$.*?^RUN (.+)$/ms.exec(dockerfile)?.[1]?.split('\n')[0];
  if (!install) return ['Dockerfile: there is no stage "packages" that installs packages'];
  const names = new Set();
  for (const file of globSync('dist/{apps,libs}/**/*.js', { exclude: ['dist/apps/admin/**'] }))
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/\b(?:require|import)\("([^"./][^"]*)"\)/g))
      if (!isBuiltin(name)) names.add(name);
  if (names.size === 0) return ['dist: there is no build, run npm run build'];
  const image = mkdtempSync(join(tmpdir(), 'heliograph-image-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) copyFileSync(file, join(image, file));
    const { status, stderr } = spawnSync('sh', ['-c', install], { cwd: image, encoding: 'utf8' });
    if (status !== 0) return [`Dockerfile: the packages cannot be installed: ${stderr.slice(-500)}`];
    const load = `for (const name of ${JSON.stringify([...names])}) try { require(name); } catch (error) { console.log(name + ': ' + error.message.split('\\n')[0]); }`;
    const { stdout } = spawnSync(process.execPath, ['-e', `${load} process.exit();`], { cwd: image, encoding: 'utf8' });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => `Dockerfile: a package of the image does not load: ${line}`);
  } finally {
    rmSync(image, { recursive: true, force: true });
  }
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
