import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { build } from 'tsdown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';

// The core as it is built, in a project that has none of the optional peers. `npm run bundles` tries whole applications and more bundlers.

const core = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'azure-pg-bundle-'));
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Wants a token of @azure/identity, from a server that never says a word. */
const token = (url: string): string => `
  import { createServer } from 'node:net';
  import { openConnection, resolveConnection } from '@azure-pg/core';
  const server = createServer().listen(0, '127.0.0.1', async () => {
    const connection = resolveConnection('${url}', { port: server.address().port });
    await openConnection(connection).catch(({ code, message, hint }) => console.log(code, message, hint));
    process.exit();
  });`;
const programs = {
  identity: token('postgresql://127.0.0.1/app?auth=entra&azure_identity=always'),
  vault: token('postgresql://ada@127.0.0.1/app?password=keyvault:https://x.vault.azure.net/secrets/pw'),
  sync: `
    import { driverCredentials } from '@azure-pg/core/adapter';
    try { driverCredentials('postgresql://localhost/app?auth=entra').user; }
    catch ({ code, message, hint }) { console.log(code, message, hint); }`,
};

beforeAll(async () => {
  const folder = join(project, 'node_modules', '@azure-pg', 'core');
  await build({
    config: false,
    cwd: core,
    entry: {
      index: './src/index.ts',
      adapter: './src/adapter.ts',
      'other-programs/sign-in-process': './src/other-programs/sign-in-process.ts',
    },
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    fixedExtension: false,
    outDir: join(folder, 'dist'),
    dts: false,
    logLevel: 'silent',
  });
  writeFileSync(join(folder, 'package.json'), readFileSync(join(core, 'package.json')));
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(project, `${name}.mjs`), text);
});

async function say(file: string): Promise<string> {
  const { PATH } = process.env;
  return (await promisify(execFile)(process.execPath, [file], { cwd: project, env: { PATH } })).stdout;
}

/** Gives the errors, without those lines that say where. */
function withWebpack(program: keyof typeof programs): Promise<string[]> {
  const options: webpack.Configuration = {
    mode: 'none',
    target: 'node',
    context: project,
    entry: `./${program}.mjs`,
    output: { path: join(project, 'webpack'), filename: `${program}.js` },
  };
  return new Promise((resolve, reject) => {
    webpack(options, (error, stats) => {
      if (error || stats === undefined) reject(error);
      else resolve((stats.toJson({ errors: true }).errors ?? []).map(({ message }) => message));
    });
  });
}

async function withEsbuild(program: keyof typeof programs, format: 'cjs' | 'esm'): Promise<string> {
  const outfile = join(project, 'esbuild', `${program}.${format === 'cjs' ? 'cjs' : 'mjs'}`);
  const entryPoints = [join(project, `${program}.mjs`)];
  await esbuild({ entryPoints, outfile, format, bundle: true, platform: 'node', logLevel: 'silent' });
  return outfile;
}

const missing = {
  identity: /^MISSING_DEPENDENCY @azure\/identity is not installed, .* npm install @azure\/identity/,
  vault:
    /^MISSING_DEPENDENCY @azure\/keyvault-secrets is not installed, .* npm install @azure\/keyvault-secrets/,
};

describe.each(['identity', 'vault'] as const)('a program that would need %s', (program) => {
  it('is bundled by webpack without it', async () => {
    expect(await withWebpack(program)).toEqual([]);
    expect(await say(join(project, 'webpack', `${program}.js`))).toMatch(missing[program]);
  });

  it.each(['cjs', 'esm'] as const)('is bundled by esbuild without it, as %s', async (format) => {
    expect(await say(await withEsbuild(program, format))).toMatch(missing[program]);
  });
});

it('CommonJS in a bundle of ES modules is called that, and not a missing package', async () => {
  const folder = join(project, 'node_modules', '@azure', 'identity');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.js'), `exports.Buffer = require('buffer').Buffer;`);
  try {
    expect(await say(await withEsbuild('identity', 'esm'))).toMatch(
      /^MISSING_DEPENDENCY @azure\/identity cannot run in a bundle of ES modules, .*--format=cjs.*--external:@azure\/identity/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each(['an empty module', 'what Vite writes'])('a missing peer is missing: %s', async (how) => {
  const folder = join(project, 'node_modules', '@azure', 'identity');
  mkdirSync(folder, { recursive: true });
  const vite = `throw new Error('Could not resolve "@azure/identity" imported by "@azure-pg/core". Is it installed?')`;
  writeFileSync(join(folder, 'index.js'), how === 'an empty module' ? '' : vite);
  try {
    expect(await say(await withEsbuild('identity', 'cjs'))).toMatch(missing.identity);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('the core is in the bundle once', async () => {
  expect(await withWebpack('sync')).toEqual([]);
  const bundle = readFileSync(join(project, 'webpack', 'sync.js'), 'utf8');
  expect(bundle.split('is not an Azure Key Vault, so it gets')).toHaveLength(2);
});

it('where the program of a synchronous sign-in is not beside the bundle, that is said', async () => {
  expect(await say(await withEsbuild('sync', 'cjs'))).toMatch(
    /^MISSING_DEPENDENCY The program that obtains the credential is not in the bundle .*serverExternalPackages/,
  );
});
