import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { sequelize: 'sequelize-oldest' },
  exclude: ['test/readme.test.ts'],
});
