// Checks the container files without a container engine: the Dockerfile by a linter, the compose file for what it names.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';

const { validate } = createRequire(import.meta.url)('dockerfile-utils');
const faults = validate(readFileSync('Dockerfile', 'utf8')).map((fault) => `Dockerfile:${fault.range.start.line + 1}: ${fault.message}`);
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

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
