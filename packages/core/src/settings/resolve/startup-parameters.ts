import type { AzureConnection } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { poolerStartupParameters } from '../../pooling/startup-parameters.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';

/** Bytes of the first message that a server reads: MAX_STARTUP_PACKET_LENGTH of PostgreSQL. */
const longestStartup = 10_000;

/** The parameters other than user and database that the settings ask for. */
export function resolveStartupParameters({ layers }: GatheredSettings): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  const name = layers.value('application_name') ?? layers.value('fallback_application_name');
  if (name !== undefined) parameters.application_name = name;
  const encoding = layers.value('client_encoding');
  if (encoding !== undefined) {
    // "auto" asks for the locale's encoding; what runs in Node.js is UTF-8.
    if (!['utf8', 'unicode', 'auto'].includes(encoding.toLowerCase().replace(/[-_ ]/g, ''))) {
      throw invalidSetting(
        'client_encoding',
        layers.get('client_encoding'),
        'the drivers read everything as UTF-8',
        'Leave it out, or write UTF8.',
      );
    }
    parameters.client_encoding = 'UTF8';
  }
  const options = layers.value('options');
  if (options !== undefined) parameters.options = options;
  const replication = layers.value('replication');
  if (replication !== undefined) {
    const word = replication.toLowerCase();
    if (!['true', 'on', 'yes', '1', 'database', 'false', 'off', 'no', '0'].includes(word)) {
      throw invalidSetting('replication', layers.get('replication'), 'it must be true, false or database');
    }
    parameters.replication = word;
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value.length > longestStartup) {
      const setting = name as 'options';
      throw invalidSetting(
        setting,
        layers.get(setting),
        `a server reads no more than ${longestStartup} bytes`,
      );
    }
  }
  return Object.freeze(parameters);
}

/**
 * Throws when a pooler stands between and would refuse one of these startup parameters ("unsupported startup parameter"): before anything
 * is sent, and with the two ways that work. For the connection's own parameters and for what a driver wants to add.
 *
 * @param origin where they come from, for the message: "the connection string", "pg's options".
 * @throws AzurePgError `POOLER_UNSUPPORTED`
 */
export function assertPoolerTakes(
  connection: Pick<AzureConnection, 'pooling'>,
  parameters: Readonly<Record<string, unknown>>,
  origin: string,
): void {
  const { poolMode } = connection.pooling;
  if (poolMode === 'none' || poolMode === 'detect') return;
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue;
    if (!poolerStartupParameters.has(name.toLowerCase())) throw refusal(name, origin);
    if (name !== 'options') continue;
    for (const option of serverOptions(String(value))) {
      if (option === undefined) throw refusal('options', origin);
      if (!poolerStartupParameters.has(option) || option === 'options')
        throw refusal(option, `options, ${origin}`);
    }
  }
}

function refusal(name: string, origin: string): AzurePgError {
  const shown = /^[a-z][\w.]{0,62}$/i.test(name) ? name : 'a parameter';
  return new AzurePgError(
    'POOLER_UNSUPPORTED',
    `PgBouncer refuses the startup parameter ${shown} (from ${origin}), and this connection goes through one`,
    {
      hint: `Set it where it is needed with SET LOCAL ${shown} = … inside a transaction, or for the role with ALTER ROLE … SET ${shown} = …; or connect without the pooler.`,
      docs: 'https://www.pgbouncer.org/config.html#ignore_startup_parameters',
    },
  );
}

/**
 * The names that a server option string sets, in lower case; undefined for anything but `-c name=value` and `--name=value`. Blanks part
 * words, a backslash takes the next character as it is: https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
 */
function* serverOptions(text: string): Generator<string | undefined> {
  const words = text.match(/(?:\\[\s\S]|[^\s\\])+/g) ?? [];
  for (let index = 0; index < words.length; index++) {
    let word = words[index] as string;
    if (word === '-c') word = `-c${words[++index] ?? ''}`;
    const assignment = /^(?:-c|--)([^=]+)=/.exec(word);
    yield assignment === null ? undefined : (assignment[1] as string).toLowerCase().replaceAll('-', '_');
  }
}
