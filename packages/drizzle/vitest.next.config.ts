import { fileURLToPath } from 'node:url';
import { atEnd } from './other-end.ts';

export default atEnd('drizzle-orm-next', [
  { find: /^\.\/end\.ts$/, replacement: fileURLToPath(new URL('test/next/end.ts', import.meta.url)) },
]);
