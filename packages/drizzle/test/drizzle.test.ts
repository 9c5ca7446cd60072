import { describeDrizzle } from './behaviour.ts';
import { nodePostgres, postgresJs } from './drivers.ts';

describeDrizzle(nodePostgres);
describeDrizzle(postgresJs);
