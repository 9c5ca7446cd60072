/**
 * pnpm installs a workspace for each of them.
 * @module-tag release
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

// What the settings in pnpm-workspace.yaml do, and what the scripts find, with the real pnpm and a registry of packages that should not be here.

const root = fileURLToPath(new URL('../..', import.meta.url));
const base = mkdtempSync(join(tmpdir(), 'azure-pg-supply-'));
const marker = join(base, 'was-built');
const old = '2020-01-01T00:00:00.000Z';
const packages = {
  old: { license: 'MIT' },
  young: { license: 'MIT' },
  building: {
    license: 'MIT',
    scripts: { postinstall: `node -e "require('fs').writeFileSync('${marker}', '')"` },
  },
  gpl: { license: 'GPL-3.0-only' },
  'either-way': { license: '(MIT OR GPL-3.0-only)' },
  'both-at-once': { license: 'MIT AND GPL-3.0-only' },
  tool: { license: 'MPL-2.0' },
  nothing: {},
};
const tarballs = new Map();
let registry;
/** What the registry knows against packages; undefined: it does not say. */
let advisories;

beforeAll(async () => {
  for (const [name, manifest] of Object.entries(packages)) {
    const folder = join(base, name);
    mkdirSync(join(folder, 'package'), { recursive: true });
    const text = JSON.stringify({ name, version: '1.0.0', ...manifest });
    writeFileSync(join(folder, 'package', 'package.json'), text);
    execFileSync('tar', ['-czf', join(folder, 'it.tgz'), '-C', folder, 'package']);
    tarballs.set(name, readFileSync(join(folder, 'it.tgz')));
  }
  registry = createServer((request, response) => {
    if (request.url === '/-/npm/v1/security/advisories/bulk') {
      request.resume();
      if (advisories === undefined) response.writeHead(405).end();
      else response.end(JSON.stringify(advisories));
      return;
    }
    const [, name, file] = (request.url ?? '').split('/');
    const tarball = tarballs.get(name);
    if (tarball === undefined) response.writeHead(404).end('{}');
    else if (file) response.end(tarball);
    else {
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
      const dist = { tarball: `${registry.url}/${name}/it.tgz`, integrity };
      // pnpm's own minimum is a day.
      const time = name === 'young' ? new Date(Date.now() - 48 * 3_600_000).toISOString() : old;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          name,
          modified: time,
          'dist-tags': { latest: '1.0.0' },
          versions: { '1.0.0': { name, version: '1.0.0', ...packages[name], dist } },
          time: { created: time, modified: time, '1.0.0': time },
        }),
      );
    }
  });
  await new Promise((resolve) => registry.listen(0, '127.0.0.1', resolve));
  registry.url = `http://127.0.0.1:${registry.address().port}`;
});
afterAll(async () => {
  registry.closeAllConnections();
  await new Promise((resolve) => registry.close(resolve));
  rmSync(base, { recursive: true, force: true });
});

function run(program, args, cwd) {
  const env = {
    PATH: process.env.PATH,
    HOME: base,
    pnpm_config_registry: `${registry.url}/`,
    pnpm_config_store_dir: join(base, 'store'),
    pnpm_config_cache_dir: join(base, 'cache'),
  };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env }, (error, out, errors) =>
      resolve({ code: error?.code ?? 0, said: out + errors }),
    );
  });
}

/** A workspace like ours with a package that is published, and what installing it came to. */
async function workspace(manifest, settings = '') {
  const folder = mkdtempSync(join(base, 'workspace-'));
  mkdirSync(join(folder, 'packages', 'thing'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "all", "private": true }');
  writeFileSync(
    join(folder, 'packages', 'thing', 'package.json'),
    JSON.stringify({ name: 'thing', version: '1.0.0', license: 'MIT', ...manifest }),
  );
  cpSync(join(root, 'pnpm-workspace.yaml'), join(folder, 'pnpm-workspace.yaml'));
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), settings, { flag: 'a' });
  return { folder, ...(await run('pnpm', ['install', '--no-frozen-lockfile'], folder)) };
}

test('a release of two days is not taken, an older one is', async () => {
  const young = await workspace({ dependencies: { young: '1.0.0' } });
  expect(young.said).toContain('ERR_PNPM_NO_MATURE_MATCHING_VERSION');
  expect(young.code).not.toBe(0);
  expect(await workspace({ dependencies: { old: '1.0.0' } })).toMatchObject({ code: 0 });
  const urgent = await workspace(
    { dependencies: { young: '1.0.0' } },
    'minimumReleaseAgeExclude: [young@1.0.0]\n',
  );
  expect(urgent).toMatchObject({ code: 0 });
});

test('nothing is built that is not named', async () => {
  const undecided = await workspace({ dependencies: { building: '1.0.0' } });
  expect(undecided.said).toContain('ERR_PNPM_IGNORED_BUILDS');
  expect(undecided.code).not.toBe(0);
  expect(existsSync(marker)).toBe(false);
  expect(await workspace({ dependencies: { building: '1.0.0' } }, '  building: true\n')).toMatchObject({
    code: 0,
  });
  expect(existsSync(marker)).toBe(true);
});

test('licences are refused: of tools, of what is published, where both must be kept, and where there is none', async () => {
  const { folder, code, said } = await workspace({
    dependencies: { tool: '1.0.0', 'both-at-once': '1.0.0' },
    devDependencies: { gpl: '1.0.0', nothing: '1.0.0' },
  });
  expect(code, said).toBe(0);
  const checked = await run('node', [join(root, 'scripts', 'licences.mjs'), folder], folder);
  expect(checked.code).toBe(1);
  const refused = checked.said.split('\n').filter((line) => line.startsWith('Not allowed: '));
  expect(new Set(refused)).toEqual(
    new Set([
      'Not allowed: tool@1.0.0: MPL-2.0 (comes with a published package)',
      'Not allowed: both-at-once@1.0.0: MIT AND GPL-3.0-only (comes with a published package)',
      'Not allowed: both-at-once@1.0.0: MIT AND GPL-3.0-only',
      'Not allowed: gpl@1.0.0: GPL-3.0-only',
      'Not allowed: nothing@1.0.0: Unknown',
    ]),
  );
});

test('a licence is taken: one that may be chosen, and one for tools in tools', async () => {
  const { folder } = await workspace({
    dependencies: { 'either-way': '1.0.0', old: '1.0.0' },
    devDependencies: { tool: '1.0.0' },
  });
  expect(await run('node', [join(root, 'scripts', 'licences.mjs'), folder], folder)).toEqual({
    code: 0,
    said: '',
  });
});

test('each published package has a list of what comes with it', async () => {
  const { folder } = await workspace({ dependencies: { old: '1.0.0' }, devDependencies: { tool: '1.0.0' } });
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  const { code, said } = await run('node', [join('scripts', 'tasks.mjs'), 'sbom'], folder);
  expect(code, said).toBe(0);
  const { bomFormat, components } = JSON.parse(readFileSync(join(folder, 'sbom', 'thing.cdx.json'), 'utf8'));
  expect(bomFormat).toBe('CycloneDX');
  expect(components.map(({ name, version }) => `${name}@${version}`)).toEqual(['old@1.0.0']);
});

test('npm run audit: advisories, none, and a registry that does not tell', { timeout: 120_000 }, async () => {
  const { folder } = await workspace({ dependencies: { old: '1.0.0' } });
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  const audit = () => run('node', [join('scripts', 'tasks.mjs'), 'audit'], folder);
  advisories = {};
  expect(await audit()).toMatchObject({ code: 0 });
  const advisory = {
    id: 1,
    url: 'https://example.org/1',
    title: 'Bad',
    severity: 'high',
    vulnerable_versions: '<2',
  };
  advisories = { old: [advisory] };
  const found = await audit();
  expect(found.said).toMatch(/failed +no known vulnerability/);
  expect(found.code).toBe(1);
  advisories = undefined;
  const silent = await audit();
  expect(silent.said).toMatch(/unknown +no known vulnerability[\s\S]*pnpm_config_registry/);
  expect(silent.code).toBe(2);
});

test('npm run audit: a release in the lockfile that is too young', { timeout: 120_000 }, async () => {
  advisories = {};
  const { folder } = await workspace(
    { dependencies: { young: '1.0.0' } },
    'minimumReleaseAgeExclude: [young@1.0.0]\n',
  );
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(root, 'pnpm-workspace.yaml'), join(folder, 'pnpm-workspace.yaml'));
  // Installing takes what the lockfile names.
  expect(await run('pnpm', ['install', '--frozen-lockfile'], folder)).toMatchObject({ code: 0 });
  const { code, said } = await run('node', [join('scripts', 'tasks.mjs'), 'audit'], folder);
  expect(said).toMatch(/failed +no release younger/);
  expect(code).toBe(1);
});
