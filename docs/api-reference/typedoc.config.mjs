// The reference of all that programs may import: npm run docs:api
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Comment, Converter, ReflectionKind } from 'typedoc';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** For our own packages alone. */
const ours = new Set(['@azure-pg/core/tooling', '@azure-pg/core/sign-in-process']);

/** The names under which programs import, by the files behind them. */
const modules = new Map(
  globSync('packages/*/package.json', { cwd: root })
    .sort()
    .flatMap((file) => {
      const { name, private: hidden, exports } = JSON.parse(readFileSync(join(root, file), 'utf8'));
      return Object.entries(hidden ? {} : exports)
        .map(([entry, { '@azure-pg/source': source }]) => [
          join(name, entry),
          source && join(root, dirname(file), source),
        ])
        .filter(([entry, source]) => source && !ours.has(entry));
    })
    .map(([entry, source]) => [source, entry]),
);

/** Files that mostly pass on what a driver exports. */
const forwarding = /\/(?:node-postgres|postgres)\.ts$/;

/** Modules bear these names rather than their files', and what is only passed on is said to be. */
function ourWords({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = modules.get(module.sources?.[0]?.fullFileName) ?? module.name;
    }
    for (const one of project.getReflectionsByKind(ReflectionKind.TypeAlias | ReflectionKind.Variable)) {
      if (!forwarding.test(one.sources?.[0]?.fullFileName)) continue;
      one.comment ??= new Comment([{ kind: 'text', text: 'The driver’s own.' }]);
    }
  });
}

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'Azure PG for Node',
  entryPoints: [...modules.keys()],
  plugin: [ourWords],
  tsconfig: 'tsconfig.json',
  out: 'html',
  readme: 'none',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  // Not from git, whose remotes are each developer's own.
  disableGit: true,
  sourceLinkTemplate: 'https://github.com/azure-pg/azure-pg-node/blob/main/{path}#L{line}',
  packagesRequiringDocumentation: [
    ...new Set([...modules.values()].map((entry) => entry.split('/', 2).join('/'))),
  ],
  // A member whose name and type say it all needs no words.
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable'],
  treatWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, notDocumented: true },
};
