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

const plain = (name: string): string => name.toLowerCase().replaceAll('_', '').replaceAll('-', '');

// Levenshtein, one row at a time; names are some twenty characters long.
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
