import { readdir, readFile } from 'node:fs/promises';
import { runProgram } from './run-program.ts';

/** A process, as the machine's table has it. */
export interface Descent {
  readonly pid: number;
  readonly parent: number;
  /** Its program's file name, the first 15 characters at least. */
  readonly name: string;
}

/** The processes that a process has started and that still run. */
export async function childrenOf(parent: number): Promise<number[]> {
  const all = process.platform === 'linux' ? await allOfProc() : await fromPs('-ax');
  return all.filter((each) => each.parent === parent).map(({ pid }) => pid);
}

/** The process of this number; undefined where there is none. */
export async function descentOf(pid: number): Promise<Descent | undefined> {
  return process.platform === 'linux' ? fromProc(pid) : (await fromPs('-p', String(pid)))[0];
}

async function allOfProc(): Promise<Descent[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map((pid) => fromProc(Number(pid))))).filter((each) => each !== undefined);
}

/** Slim images have no `ps`. */
async function fromProc(pid: number): Promise<Descent | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, parent] = /^PPid:\s*(\d+)/m.exec(status) ?? [];
  const [, name = ''] = /^Name:\s*(.*)/m.exec(status) ?? [];
  return parent === undefined ? undefined : { pid, parent: Number(parent), name };
}

async function fromPs(...which: readonly string[]): Promise<Descent[]> {
  const { stdout } = await runProgram('ps', [...which, '-o', 'pid=,ppid=,comm=']).catch(() => ({
    stdout: '',
  }));
  return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm)].map(([, pid, parent, file = '']) => ({
    pid: Number(pid),
    parent: Number(parent),
    name: file.slice(file.lastIndexOf('/') + 1),
  }));
}
