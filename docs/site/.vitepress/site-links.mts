import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

const repository = 'https://github.com/azure-pg/azure-pg-node/';

/** Where the files are that the site is made of. */
export interface Sources {
  /** The repository's folder. */
  readonly root: string;
  /** A folder with copies of the files, which are the pages. */
  readonly copies: string;
  /** Below both. */
  readonly files: readonly string[];
}

/** Where a file or folder of the repository is in the site; a folder is its README. Undefined: it is not in it. */
export function pageOf(path: string, files: readonly string[]): string | undefined {
  const file = files.find((one) => one === path || one === join(path, 'README.md'));
  if (file === undefined) return undefined;
  return `/${file.replace(/^(?:docs|benchmarks)\//, '').replace(/\/?README\.md$|\.md$/, '')}`;
}

/**
 * Links are written for those who read the files where they are, and on GitHub: to files and folders beside them, from a package's README by
 * their whole address. In the site they lead to its pages, and to GitHub where it has none.
 */
export function siteLinks(markdown: MarkdownRenderer, { root, copies, files }: Sources): void {
  markdown.core.ruler.push('site links', ({ tokens, env }) => {
    const folder = dirname(relative(copies, env.realPath ?? env.path));
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href === null || href.startsWith('#')) continue;
      const whole = href.startsWith(repository);
      if (!whole && /^\w+:/.test(href)) continue;
      const [path = '', ...fragment] = href.replace(/^.+?\/(?:blob|tree)\/main\//, '').split(/(?=#)/);
      const target = whole ? path : relative(root, resolve(root, folder, path));
      const page = pageOf(target, files);
      if (page !== undefined) token.attrSet('href', [page, ...fragment].join(''));
      else if (!whole && existsSync(join(root, target)))
        token.attrSet('href', [`${repository}blob/main/${target}`, ...fragment].join(''));
    }
  });
}
