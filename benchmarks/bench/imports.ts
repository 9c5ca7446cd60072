import { type Measurement, scaled, type Table } from './measurement.ts';
import { runProgram } from './run-program.ts';
import { middle } from './take-turns.ts';

const loaded: Readonly<Record<string, readonly string[]>> = {
  pg: ['pg'],
  '@azure-pg/pg': ['@azure-pg/pg'],
  'pg, then node:tls': ['pg', 'node:tls'],
  'pg, then @azure-pg/core': ['pg', '@azure-pg/core'],
  postgres: ['postgres'],
  '@azure-pg/postgresjs': ['@azure-pg/postgresjs'],
  '@azure/identity': ['@azure/identity'],
};

/** What an import costs a process that starts. */
export const imports: Measurement = {
  title: 'Imports',
  how: 'The milliseconds that importing takes in a new process, without a compile cache: the clock’s and the processor’s. node:tls, which every verified connection loads, is part of what the library adds to pg.',
  async run(_servers, { scale }): Promise<Table> {
    const names = Object.keys(loaded);
    const found = new Map(names.map((name) => [name, [] as { wall: number; cpu: number }[]]));
    for (let round = 0; round < scaled(20, scale); round++) {
      for (const name of names)
        found.get(name)?.push(await runProgram(['--input-type=module', '-e', program(loaded[name] ?? [])]));
    }
    const rows = [...found].map(([name, all]) => [
      name,
      middle(all.map(({ wall }) => wall)).toFixed(0),
      middle(all.map(({ cpu }) => cpu)).toFixed(0),
    ]);
    return { head: ['import', 'ms', 'processor ms'], rows };
  },
};

function program(modules: readonly string[]): string {
  return `const processor = process.cpuUsage(), begun = performance.now();
    ${modules.map((name) => `await import('${name}');`).join('\n')}
    const { user, system } = process.cpuUsage(processor);
    console.log(JSON.stringify({ wall: performance.now() - begun, cpu: (user + system) / 1000 }));`;
}
