import * as tables from './stringprep-tables.ts';

/**
 * A password in the form in which SCRAM hashes it: SASLprep (RFC 4013). Where the profile forbids the password, it is taken as it is,
 * which is what libpq and the server do (PostgreSQL's src/common/saslprep.c): both sides then agree all the same.
 */
export function saslPrep(password: string): string {
  // Printable ASCII stays what it is.
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const { mappedToSpace, mappedToNothing, prohibited, unassigned, rightToLeft, leftToRight } = loaded();
  let mapped = '';
  for (const character of password) {
    const point = character.codePointAt(0) as number;
    if (has(mappedToSpace, point)) mapped += ' ';
    else if (!has(mappedToNothing, point)) mapped += character;
  }
  const normalized = mapped.normalize('NFKC');
  const points = Array.from(normalized, (character) => character.codePointAt(0) as number);
  if (points.length === 0) return password;
  if (points.some((point) => has(prohibited, point) || has(unassigned, point))) return password;
  // RFC 3454, 6: a text with letters from right to left has none from left to right, and begins and ends with them.
  if (points.some((point) => has(rightToLeft, point))) {
    if (points.some((point) => has(leftToRight, point))) return password;
    if (!has(rightToLeft, points[0] as number) || !has(rightToLeft, points.at(-1) as number)) return password;
  }
  return normalized;
}

type Ranges = readonly (readonly [first: number, last: number])[];
let cache: Record<keyof typeof tables, Ranges> | undefined;

function loaded(): Record<keyof typeof tables, Ranges> {
  cache ??= {
    mappedToSpace: decode(tables.mappedToSpace),
    mappedToNothing: decode(tables.mappedToNothing),
    prohibited: decode(tables.prohibited),
    unassigned: decode(tables.unassigned),
    rightToLeft: decode(tables.rightToLeft),
    leftToRight: decode(tables.leftToRight),
  };
  return cache;
}

function decode(table: string): Ranges {
  let last = 0;
  return table
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [distance, extent = '0'] = entry.split('-') as [string, string?];
      const first = last + Number.parseInt(distance, 36);
      last = first + Number.parseInt(extent, 36);
      return [first, last] as const;
    });
}

function has(ranges: Ranges, point: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] as readonly [number, number];
    if (point < first) high = middle - 1;
    else if (point > last) low = middle + 1;
    else return true;
  }
  return false;
}
