import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { SettingSource } from '../../errors/setting-source.ts';
import { pages } from '../../explain/pages.ts';
import type { SettingName } from '../table/settings.ts';
import { invalidSetting } from './invalid-setting.ts';
import { plainPem } from './plain-pem.ts';

/** The layers in order: an earlier one wins over a later one. */
const layerOrder: readonly SettingSource[] = [
  'options',
  'connection string',
  'service file',
  'environment',
  'derived',
  'default',
];

/** One setting as one layer gave it. */
export interface GivenSetting {
  readonly value: string;
  readonly source: SettingSource;
  /** For messages: 'the option "port"', 'the connection string', 'the environment variable PGPORT'. */
  readonly from: string;
  /** It was in a text that somebody else may have written: a connection string or a service file. */
  readonly inText?: boolean | undefined;
  /** `ssl=true`: TLS was asked for, and no mode of it. */
  readonly anyTls?: boolean;
}

/** What all layers together say. Layers are added from the strongest to the weakest: what is there stays. */
export class Layers {
  readonly #given = new Map<SettingName, GivenSetting>();

  /** Adds a setting unless a stronger layer has it. An unresolved Key Vault reference is refused whichever layer wins. */
  add(
    name: SettingName,
    value: string,
    source: SettingSource,
    from: string,
    more: Pick<GivenSetting, 'inText' | 'anyTls'> = {},
  ): void {
    refuseUnspeakable(name, value, from);
    if (this.#given.has(name)) return;
    // The elements of an option were read one by one.
    const written = source === 'options' ? value : plainPem(name, value);
    this.#given.set(name, { value: written, source, from, ...more });
  }

  copy(): Layers {
    const copy = new Layers();
    for (const [name, given] of this.#given) copy.#given.set(name, given);
    return copy;
  }

  remove(name: SettingName): void {
    this.#given.delete(name);
  }

  replace(name: SettingName, given: GivenSetting): void {
    this.#given.set(name, given);
  }

  get(name: SettingName): GivenSetting | undefined {
    return this.#given.get(name);
  }

  /** The value, where there is one that is not empty. */
  value(name: SettingName): string | undefined {
    return this.#given.get(name)?.value || undefined;
  }

  has(name: SettingName): boolean {
    return this.#given.has(name);
  }

  /** A smaller number is a stronger layer; Infinity where nobody gave the setting. */
  rank(name: SettingName): number {
    const given = this.#given.get(name);
    return given === undefined ? Number.POSITIVE_INFINITY : layerOrder.indexOf(given.source);
  }

  *entries(): Iterable<[SettingName, GivenSetting]> {
    yield* this.#given;
  }
}

/** What no setting can hold, whatever its name. */
export function refuseUnspeakable(name: SettingName, value: string, from: string): void {
  refuseKeyVaultReference(value, `${name} (from ${from})`);
  if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
    throw invalidSetting(name, { from }, 'it contains a NUL character or half of a surrogate pair');
  }
}

/**
 * App Service and Functions replace `@Microsoft.KeyVault(…)` themselves; a reference that they could not resolve arrives unchanged.
 */
export function refuseKeyVaultReference(value: string, what: string): void {
  if (!value.includes('@') || !/@microsoft\.keyvault\(/i.test(value)) return;
  throw new AzurePgError('INVALID_SETTING', `An unresolved Key Vault reference in ${what}`, {
    hint: 'The platform could not read the secret: check the reference, and that the app’s identity may read secrets from the vault.',
    docs: pages.keyVaultReference,
  });
}
