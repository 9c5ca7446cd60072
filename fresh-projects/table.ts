/** Rows as a Markdown table, the first of which is its head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [first = '', ...others] = rows.map(line);
  return [first, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}

/** What is printed in the end. */
export class Table {
  readonly #rows: string[][];
  wrong = 0;

  constructor(head: readonly string[]) {
    this.#rows = [[...head]];
  }

  add(row: readonly string[], isWrong: boolean): void {
    this.#rows.push([...row]);
    if (isWrong) this.wrong += 1;
  }

  print(): void {
    console.log(markdownTable(this.#rows));
  }
}
