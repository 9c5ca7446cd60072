/**
 * `node --import @azure-pg/postgresjs/register app.js`: every copy of postgres.js that the program loads makes instances of this library for
 * what leads to Azure, and the driver's own for everything else.
 *
 * @packageDocumentation
 */
import { whenLoaded } from '@azure-pg/core/adapter';
import { replaceDriver } from './replace-driver.ts';

whenLoaded({
  name: 'postgres',
  commonJs: ['cjs/src/index.js'],
  esModule: { file: 'src/index.js', exported: 'Postgres' },
  replace: (_file, exports) => replaceDriver(exports),
});
