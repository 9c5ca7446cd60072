/**
 * What is known about one setting. Everything that is about settings in general reads it here: the option types, the two spellings, the
 * environment, parsing, "did you mean", printing, and the tables in docs/connection-strings.md.
 */
export interface SettingRow {
  /** libpq's environment variable. */
  readonly variable?: string;
  /**
   * How a value is written, in a text and as an option. A `list` may be an array, `ports` one of numbers too; a `flag` is libpq's 1 or 0, a
   * `switch` true or false; a `password` may be a function.
   */
  readonly kind: 'text' | 'list' | 'ports' | 'integer' | 'flag' | 'switch' | 'choice' | 'password';
  /** The words of a `choice`. */
  readonly values?: readonly string[];
  /** The values may also be in upper case. */
  readonly anyCase?: true;
  /** The least and the greatest `integer`; without it whatever fits 32 bits, as in libpq. */
  readonly range?: readonly [least: number, greatest: number];
  /** What joins the elements of a `list` that is given as an array; a comma without it. */
  readonly separator?: '\n';
  /** The value may be PEM text instead of a file's name. */
  readonly pem?: true;
  /** An empty value counts as not given. Without it an empty `choice` or `integer` is an error, as in libpq. */
  readonly emptyIsUnset?: true;
  /** The value where nobody gives one. */
  readonly default?: string | number | boolean;
  /** What holds where nobody gives a value, in words, where that follows from something else. */
  readonly otherwise?: string;
  /** The value is never shown. */
  readonly secret?: true;
  /** Why no value, or one of the values, can be honoured. An empty value asks for nothing. */
  readonly refused?: string | Readonly<Record<string, string>>;
  /** What the setting does: one line for the option's docstring and the documentation. */
  readonly doc: string;
}
