/**
 * `node --import @azure-pg/pg/register app.js`: every copy of pg that the program loads gives `Pool` and `Client` of this library for what
 * leads to Azure, and pg's own for everything else.
 *
 * @packageDocumentation
 */
import { whenLoaded } from '@azure-pg/core/adapter';
import { replaceClasses } from './replace-classes.ts';

whenLoaded({ name: 'pg', commonJs: 'lib/index.js', replace: replaceClasses });
