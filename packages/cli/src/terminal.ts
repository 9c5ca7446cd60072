import { unshowable } from '@azure-pg/core/tooling';
import pc from 'picocolors';

/** What is written to: process.stdout, or a stand-in in tests. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** How to write for an output: colours and signs only where a person sees them. */
export interface Style {
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly unicode: boolean;
  /** Columns to wrap at: the terminal's, between 40 and 100; 80 where there is none. */
  readonly width: number;
}

/** https://no-color.org and Node's FORCE_COLOR; TERM=dumb means no colours as well. */
export function styleFor(output: Output, env: NodeJS.ProcessEnv): Style {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  const wanted = !env.NO_COLOR && (forced || (output.isTTY === true && env.TERM !== 'dumb'));
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const unicode =
    process.platform === 'win32'
      ? Boolean(env.WT_SESSION)
      : env.TERM !== 'linux' && !/^(?:C|POSIX)$/.test(locale);
  const columns = output.isTTY === true ? (output.columns ?? 80) : 80;
  return { colors: pc.createColors(wanted), unicode, width: Math.max(40, Math.min(columns, 100)) };
}

const runs = new RegExp(`${unshowable.source}+`, unshowable.flags);
/** Characters of one text of somebody else's at most. */
const longest = 2000;

/**
 * A text of somebody else's for a terminal: on one line, without what a terminal would obey (control characters) or what would show another text than
 * there is (invisible characters and those that change the direction), and not endless.
 */
export function oneLine(text: string): string {
  const plain = text
    .slice(0, 2 * longest)
    .replace(runs, ' ')
    .trim();
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}

/**
 * Breaks text into lines at blanks, and nowhere else, without what a terminal would obey. What is longer than a line stays whole, so that a URL or a command can be copied; with `breakLong` it
 * is broken after slashes and commas.
 */
export function wrap(text: string, width: number, breakLong: boolean = false): string[] {
  const lines: string[] = [];
  let line = '';
  for (const whole of text.replace(runs, ' ').split(' ')) {
    let word = whole;
    while (breakLong && word.length > width) {
      const head = word.slice(0, width);
      const at = Math.max(head.lastIndexOf('/'), head.lastIndexOf(',')) + 1 || width;
      if (line !== '') lines.push(line);
      line = '';
      lines.push(word.slice(0, at));
      word = word.slice(at);
    }
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** The lines with blanks before each, other ones before the first. */
export function indent(
  lines: readonly string[],
  first: string,
  rest: string = ' '.repeat(first.length),
): string {
  return lines.map((line, index) => `${index === 0 ? first : rest}${line}`).join('\n');
}
