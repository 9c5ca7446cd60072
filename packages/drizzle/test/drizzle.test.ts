import { describeDrizzle } from './behaviour.ts';
import { drivers } from './drivers.ts';

for (const driver of drivers) describeDrizzle(driver);
