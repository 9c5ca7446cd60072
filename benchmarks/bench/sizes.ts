import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages } from '../../fresh-projects/packed-packages.ts';
import type { Measurement, Table } from './measurement.ts';

/** What is downloaded. */
export const sizes: Measurement = {
  title: 'Sizes',
  how: 'The packed packages, as npm would download them.',
  async run(): Promise<Table> {
    const folder = mkdtempSync(join(tmpdir(), 'azure-pg-sizes-'));
    try {
      const packed = await packPackages(folder);
      const rows = Object.entries(packed)
        .sort()
        .map(([name, file]) => [name, `${(statSync(file).size / 1000).toFixed(0)} kB`]);
      return { head: ['package', 'packed'], rows };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
