import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { typeorm: 'typeorm-oldest' },
  exclude: ['test/nestjs.test.ts', 'test/readme.test.ts'],
});
