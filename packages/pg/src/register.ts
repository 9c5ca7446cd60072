/**
 * `node --import @azure-pg/pg/register app.js`: every copy of pg that the program loads gives `Pool` and `Client` of this library for what
 * leads to Azure, and pg's own for everything else.
 *
 * @packageDocumentation
 */
import { whenLoaded } from '@azure-pg/core/adapter';
import { replaceClient, replaceExports } from './replace-classes.ts';

const client = 'lib/client.js';

whenLoaded({
  name: 'pg',
  commonJs: [client, 'lib/index.js'],
  replace: (file, exports, require) =>
    file === client ? replaceClient(exports, require) : replaceExports(exports, require),
});
