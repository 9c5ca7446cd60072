import { readdir, readFile } from 'node:fs/promises';
import { runProgram } from './run-program.ts';

/** The processes that a process has started and that still run. */
export async function childrenOf(parent: number): Promise<number[]> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs();
  return all.filter(([, of]) => of === parent).map(([pid]) => pid);
}

type Descent = readonly [pid: number, parent: number];

/** Slim images have no `ps`. */
async function fromProc(): Promise<Descent[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid): Promise<Descent> => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return [Number(pid), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1])];
    }),
  );
}

async function fromPs(): Promise<Descent[]> {
  const { stdout } = await runProgram('ps', ['-axo', 'pid=,ppid=']);
  return stdout
    .trim()
    .split('\n')
    .map((line): Descent => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return [pid ?? 0, parent ?? 0];
    });
}
