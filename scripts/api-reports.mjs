// The public API of each published package, an entry point a file: packages/NAME/api/ENTRY.api.md. With --update it is written, else compared.
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const update = process.argv.includes('--update');

/** CommonJS has the same types; where it has them as `export =`, API Extractor shows nothing. */
function entriesOf({ exports }) {
  return Object.entries(exports).flatMap(([entry, { import: esm }]) =>
    esm === undefined
      ? []
      : [{ name: entry === '.' ? 'index' : entry.slice(2).replaceAll('/', '-'), types: esm.types }],
  );
}

/** Gives the problems found. */
function report(folder, manifest, { name, types }) {
  const problems = [];
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      // Only for what it reads; its own TypeScript is older than ours.
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2023',
            lib: ['es2023'],
            types: ['node'],
            skipLibCheck: true,
            strict: true,
          },
          files: [join(folder, types)],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: join(folder, 'api'),
        reportTempFolder: join(folder, 'node_modules', '.cache', 'api'),
        reportFileName: name,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    packageJson: manifest,
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: update,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.text);
    },
  });
  if (apiReportChanged && !update) problems.push('differs from the build');
  return problems;
}

let failed = false;
for (const file of globSync('packages/*/package.json').sort()) {
  const folder = resolve(dirname(file));
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  if (manifest.private) continue;
  mkdirSync(join(folder, 'api'), { recursive: true });
  const entries = entriesOf(manifest);
  for (const entry of entries) {
    const problems = report(folder, manifest, entry);
    for (const problem of problems) console.error(`${dirname(file)}/api/${entry.name}.api.md: ${problem}`);
    failed ||= problems.length > 0;
  }
  const known = new Set(entries.map(({ name }) => `${name}.api.md`));
  for (const old of globSync('*.api.md', { cwd: join(folder, 'api') }).filter((name) => !known.has(name))) {
    if (update) rmSync(join(folder, 'api', old));
    else console.error(`${dirname(file)}/api/${old}: no such entry point`);
    failed ||= !update;
  }
}
if (failed) console.error('\nIf the change is meant: npm run api, look at the difference, and commit it.');
process.exit(failed ? 1 : 0);
