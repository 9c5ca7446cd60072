import { atEnd } from './other-end.ts';

export default atEnd('drizzle-orm-oldest');
