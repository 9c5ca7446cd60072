// Asks the cache for an entry, as the umask of the arguments makes it, and says where it is, or why there is none.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../src/machine/cache-folder.ts';

process.umask(Number.parseInt(process.env.UMASK ?? '022', 8));
const build = async (draft: string): Promise<void> => {
  await mkdir(join(draft, 'bin'), { recursive: true });
  await writeFile(join(draft, 'bin', 'program'), 'ours', { mode: 0o777 });
};
const answer = await cached('entry', build).then(
  (path) => ({ path }),
  ({ code, message }: { code?: string; message: string }) => ({ code, message }),
);
process.stdout.write(JSON.stringify(answer));
