// npm run live -- --resource-group NAME [--location westeurope] [--repository URL] [--revision COMMIT] [--dry-run]   makes everything, asks, prints the answers
// npm run live -- --resource-group NAME --remove                                                               removes it all
// npm run live -- --here                                                                                       asks from this machine; what the job does
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { executionLogs, executionState, groupMark, mark, remove, setUp } from './commands.ts';

const options = {
  'resource-group': { type: 'string' },
  location: { type: 'string', default: 'westeurope' },
  repository: { type: 'string', default: 'https://github.com/azure-pg/azure-pg-node.git' },
  revision: { type: 'string', default: 'main' },
  'dry-run': { type: 'boolean', default: false },
  remove: { type: 'boolean', default: false },
  here: { type: 'boolean', default: false },
} as const;
const root = fileURLToPath(new URL('..', import.meta.url));

class Failure extends Error {}

function readArguments(): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] {
  try {
    const { values } = parseArgs({ options });
    if (!values.here || process.argv.length === 3) return values;
  } catch (error) {
    fail(error as Error);
  }
  // Whoever writes --dry-run or --remove wants nothing to be asked.
  return fail(new Failure('--here stands alone.'));
}

function fail({ message }: Error): never {
  console.error(message);
  process.exit(1);
}

const values = readArguments();

/** What `az` printed. In a dry run nothing runs. */
function az(arguments_: readonly string[], { show = false, mayFail = false } = {}): string {
  if (values['dry-run'] || show) console.log(`az ${arguments_.map(quoted).join(' ')}`);
  if (values['dry-run']) return '';
  const { status, stdout, error } = spawnSync('az', arguments_, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', mayFail ? 'ignore' : 'inherit'],
  });
  if (error !== undefined)
    throw new Failure('The Azure CLI cannot be run: install it, and sign in with `az login`.');
  if (status !== 0 && !mayFail) throw new Failure(`az ${arguments_[0]} failed; nothing was removed.`);
  return stdout.trim();
}

const quoted = (one: string): string => (/^[\w./:=-]+$/.test(one) ? one : `'${one}'`);

async function live(group: string): Promise<void> {
  const { location, repository, revision } = values;
  const found = az(groupMark(group), { mayFail: true });
  if (values.remove) {
    if (!values['dry-run'] && found !== mark)
      throw new Failure(`"${group}" was not made by this command, and is left alone.`);
    az(remove(group), { show: true });
    return;
  }
  if (az(['group', 'exists', '--name', group]) === 'true' && found !== mark)
    throw new Failure(`"${group}" exists already: name a group that does not, it will be made and removed.`);
  let started = '';
  for (const command of setUp({ group, location, repository, revision }))
    started = az(command, { show: true });
  if (values['dry-run']) return;
  const { name } = JSON.parse(started) as { name: string };
  console.log(`The job ${name} runs; that takes some minutes.`);
  let state = 'Running';
  while (['Running', 'Processing', 'Unknown', ''].includes(state)) {
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    state = az(executionState(group, name));
  }
  console.log(az(executionLogs(group, name)));
  console.log(`\n${state}. It costs until it is removed: npm run live -- --resource-group ${group} --remove`);
  if (state !== 'Succeeded') process.exitCode = 1;
}

try {
  const group = values['resource-group'];
  if (values.here) await import('./ask.ts');
  else if (!group) throw new Failure('Name a resource group: --resource-group NAME');
  else await live(group);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  fail(error);
}
