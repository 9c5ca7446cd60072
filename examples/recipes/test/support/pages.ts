import { readFileSync } from 'node:fs';

/** A fenced block of a page: its whole first line after the backticks (`diff by-hand`), and what is in it. */
export interface Block {
  readonly kind: string;
  readonly code: string;
}

/** The blocks of docs/NAME.md, in order. */
export function blocksOf(name: string): Block[] {
  const page = readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8');
  return [...page.matchAll(/^ *```(\S[^\n]*)?\n(.*?)^ *```$/gms)].map(([, kind = '', code = '']) => ({
    kind,
    code,
  }));
}

/** The lines of `sh az` blocks that are not commands of az or npm. */
export const otherCommands = (blocks: readonly Block[]): string[] =>
  blocks
    .filter(({ kind }) => kind === 'sh az')
    .flatMap(({ code }) => code.replaceAll(/\\\n/g, '').trim().split('\n'))
    .filter((line) => !/^(?:az|npm install) /.test(line));
