import { expect, it } from 'vitest';
import { splitOptions } from '../../src/settings/adapters/split-options.ts';

const driver = new Set(['max', 'idleTimeoutMillis']);

it('each option goes to the one who knows it, and undefined and null go to nobody', () => {
  expect(
    splitOptions({ host: 'a', poolMode: 'none', max: 3, user: null, password: undefined }, driver),
  ).toEqual({
    connection: { host: 'a', poolMode: 'none' },
    driver: { max: 3 },
  });
});

it.each([
  ['idleTimeoutMilis', /idleTimeoutMillis/],
  ['poolmode', /poolMode|pool_mode/],
])('a slip of the keyboard (%s) is an error with the name that was meant', (name, meant) => {
  expect(() => splitOptions({ [name]: 1 }, driver)).toThrow(
    expect.objectContaining({ code: 'INVALID_SETTING', hint: expect.stringMatching(meant) }),
  );
});
