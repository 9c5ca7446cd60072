/**
 * The name that was probably meant: the nearest of `names` by edit distance, when it is near enough to be worth saying.
 * `names` are words of ours, so that nothing the user wrote is repeated.
 */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  // A password pasted into the wrong place is long; a typo is not.
  if (written.length === 0 || written.length > 40) return undefined;
  const word = plain(written);
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(word, plain(name), least);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** The name of which this is a slip of the keyboard: other spelling, or one letter wrong, missing, too many or out of turn; two in a long name. */
export function slipOf(written: string, names: readonly string[]): string | undefined {
  const word = plain(written);
  const slips = word.length < 4 ? 0 : word.length < 10 ? 1 : 2;
  return names.find((name) => {
    const meant = plain(name);
    if (word === meant || single(word) === single(meant)) return true;
    return meant.length >= 4 && editDistance(word, meant, slips + 1, true) <= slips;
  });
}

/** Without letters that were struck twice. */
const single = (word: string): string => word.replace(/(.)\1+/g, '$1');

const plain = (name: string): string => name.toLowerCase().replaceAll('_', '').replaceAll('-', '');

/**
 * Levenshtein, one row at a time; names are some twenty characters long.
 *
 * @param swaps letters that changed places are one slip instead of two (Damerau).
 */
function editDistance(a: string, b: string, limit: number, swaps = false): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = swaps && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const turned = swapped ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, turned, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? limit;
}
