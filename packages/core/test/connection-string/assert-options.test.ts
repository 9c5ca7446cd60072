import { expect, it } from 'vitest';
import { assertOptions } from '../../src/settings/gather/assert-options.ts';

class Getters {
  readonly database = 'app';
  get host(): string {
    return 'db.example';
  }
}
class Secure {
  readonly host = 'db.example';
  get ssl(): boolean {
    return true;
  }
}

it.each<[object, string]>([
  [new Getters(), 'host'],
  [new Secure(), 'ssl'],
  [Object.assign(Object.create({ sslmode: 'verify-full' }), { host: 'db.example' }), 'sslmode'],
])('what a class or prototype says would be lost, and is refused: %o', (options, setting) => {
  expect(() => assertOptions(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_SETTING', setting, source: 'options' }),
  );
});

it.each<[string, object]>([
  ['plain', { host: 'db.example' }],
  ['without a prototype', Object.assign(Object.create(null), { host: 'db.example' })],
  [
    'an instance whose options are its own',
    new (class {
      host = 'db.example';
      connect(): void {}
    })(),
  ],
])('taken: %s', (_, options) => {
  expect(() => assertOptions(options)).not.toThrow();
});
