import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { pageOf, siteLinks } from './site-links.mts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const copies = fileURLToPath(new URL('../pages', import.meta.url));
const packages = {
  'Drivers and ORMs': [
    'pg',
    'postgresjs',
    'kysely',
    'drizzle',
    'prisma',
    'knex',
    'typeorm',
    'sequelize',
    'mikro-orm',
  ],
  Tools: ['opentelemetry', 'cli', 'emulator', 'core'],
};

// Copied, since what VitePress needs is only found from below this folder.
rmSync(copies, { recursive: true, force: true });
const readmes = Object.values(packages)
  .flat()
  .map((name) => `packages/${name}/README.md`);
const files = ['README.md', 'benchmarks/results.md', ...globSync('docs/*.md', { cwd: root }), ...readmes];
for (const file of files) if (existsSync(join(root, file))) cpSync(join(root, file), join(copies, file));

/** The first heading of a file. */
const titleOf = (file: string): string =>
  /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? file;
const page = (name: string) => ({ text: titleOf(`docs/${name}.md`), link: `/${name}` });
const readme = (name: string) => ({ text: titleOf(`packages/${name}/README.md`), link: `/packages/${name}` });

/** A heading's anchor as GitHub has it, so that links to one hold in both places. */
const githubSlug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

/** What a language model reads first: https://llmstxt.org. The first paragraph of each page says what it is about. */
function llmsText(): string {
  const lines = files.map((file) => {
    const [, paragraph = ''] =
      /^# .+\n\n((?:[^\n#`|].*\n)+)/m.exec(readFileSync(join(copies, file), 'utf8')) ?? [];
    return `- [${titleOf(file)}](${pageOf(file, files)}): ${paragraph
      .replace(/\[(.+?)\]\(.+?\)/g, '$1')
      .replaceAll('\n', ' ')
      .trim()}`;
  });
  return `# Azure PG for Node\n\n> How Node.js and TypeScript programs connect to Azure Database for PostgreSQL.\n\n${lines.join('\n')}\n`;
}

/** https://vitepress.dev/reference/site-config */
export default defineConfig({
  title: 'Azure PG for Node',
  description: 'How Node.js and TypeScript programs connect to Azure Database for PostgreSQL.',
  cleanUrls: true,
  // Where it is published it is below a folder.
  base: process.env.SITE_BASE ?? '/',
  buildEnd: ({ outDir }) => writeFileSync(join(outDir, 'llms.txt'), llmsText()),
  srcDir: 'pages',
  rewrites: {
    'README.md': 'index.md',
    'benchmarks/:page': ':page',
    'docs/:page': ':page',
    'packages/:name/README.md': 'packages/:name.md',
  },
  // Put there after the site is built; check-links.mjs looks at all.
  ignoreDeadLinks: ['/api/'],
  markdown: {
    config: (markdown) => siteLinks(markdown, { root, copies, files }),
    anchor: { slugify: githubSlug },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Settings', link: '/connection-strings' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/api/', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          { text: 'Overview', link: '/' },
          ...[
            'getting-started',
            'moving-over',
            'deploying',
            'unchanged-programs',
            'other-drivers',
            'coding-assistants',
          ].map(page),
        ],
      },
      ...Object.entries(packages).map(([text, names]) => ({ text, items: names.map(readme) })),
      {
        text: 'Topics',
        items: [
          'connection-strings',
          'credentials',
          'security',
          'pgbouncer',
          'reliability',
          'performance',
          'observability',
          'errors',
        ].map(page),
      },
    ],
  },
});
