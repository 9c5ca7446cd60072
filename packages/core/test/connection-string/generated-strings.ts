/** mulberry32: small, seeded, good enough to choose test inputs. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes connection strings: by libpq's two grammars, then with small damages, and now and then plain noise. */
export function stringGenerator(seed: number, keywords: readonly string[]): () => string {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const chance = (p: number): boolean => random() < p;
  const repeat = (least: number, most: number, make: () => string, separator = ''): string =>
    Array.from({ length: least + below(most - least + 1) }, make).join(separator);

  const names = [
    ...keywords,
    'requiressl',
    'ssl',
    'sslmodes',
    'Host',
    'database',
    '',
    'host ',
    '%68ost',
    'ho%73t',
  ];
  const special = [
    ...'@:/?#[]&=%,+\'"\\ \t\n\v\f\r\x1c\x00',
    'é',
    '東',
    '😀',
    '\u00a0',
    '\u2028',
    '\ud800',
    '\ufffd',
  ];
  const escapes = [
    '%20',
    '%2F',
    '%40',
    '%3A',
    '%2C',
    '%25',
    '%00',
    '%C3%A9',
    '%c3',
    '%ff',
    '%F0%9F%98%80',
    '%zz',
    '%',
    '%4',
    '%ED%A0%80',
    '%C0%80',
  ];
  const words = [
    'host',
    'db1',
    'a',
    'x.example.org',
    '127.0.0.1',
    '::1',
    'fe80::1%25eth0',
    '5432',
    '65536',
    '-1',
    'true',
    'require',
    'prefer',
    '1',
    '0',
    '/tmp',
    '@abstract',
    'user',
    'pass',
    'localhost',
    'srv.postgres.database.azure.com',
  ];
  const text = (): string =>
    repeat(0, 4, () =>
      chance(0.7) ? one(words) : chance(0.4) ? one(escapes) : chance(0.6) ? one(special) : '',
    );
  const quietText = (): string => (chance(0.8) ? one(words) : text());
  const blanks = (): string =>
    chance(0.7) ? '' : repeat(0, 3, () => one([' ', '\t', '\n', '\v', '\f', '\r']));

  const host = (): string => {
    if (chance(0.2)) return `[${chance(0.8) ? one(['::1', 'fe80::1%25en0', '1:2::3', '', ' ::1']) : text()}]`;
    return quietText();
  };
  const uri = (): string => {
    const user = chance(0.5) ? `${quietText()}${chance(0.5) ? `:${quietText()}` : ''}@` : '';
    const hosts = repeat(0, 3, () => host() + (chance(0.4) ? `:${quietText()}` : ''), ',');
    const database = chance(0.6) ? `/${quietText()}` : '';
    const query = chance(0.6)
      ? `?${repeat(0, 4, () => `${one(names)}${chance(0.95) ? '=' : ''}${quietText()}`, chance(0.95) ? '&' : '&&')}`
      : '';
    return one(['postgres://', 'postgresql://']) + user + hosts + database + query;
  };
  const quoted = (): string => `'${text().replace(/['\\]/g, chance(0.9) ? '\\$&' : '$&')}'`;
  const pair = (): string =>
    `${one(names)}${blanks()}${chance(0.97) ? '=' : ''}${blanks()}${chance(0.4) ? quoted() : quietText()}`;
  const keywordValue = (): string => blanks() + repeat(0, 5, pair, chance(0.95) ? ' ' : '') + blanks();
  const noise = (): string => repeat(0, 20, () => one([...special, ...escapes, ...words, '=', '://']));

  const damage = (whole: string): string => {
    const at = below(whole.length + 1);
    const piece = one([...special, ...escapes, ...words]);
    return one([
      () => whole.slice(0, at) + piece + whole.slice(at),
      () => whole.slice(0, at) + whole.slice(at + 1 + below(3)),
      () => whole.slice(0, at),
      () => whole.slice(0, at) + piece + whole.slice(at + 1),
      () => whole + whole.slice(at),
      () => ` ${whole}`,
    ])();
  };

  return () => {
    let whole = chance(0.05) ? noise() : chance(0.55) ? uri() : keywordValue();
    while (chance(0.3)) whole = damage(whole);
    return whole;
  };
}
