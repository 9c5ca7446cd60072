import { ConnectionState } from 'postgrejs';
import type { DriverFactory } from '../driver-parts.ts';

/** The driver's pool lends a connection that broke while it was in use to the next one who waits. */
export function lendsOnlyReady(factory: DriverFactory): void {
  const { reset } = factory;
  factory.reset = async (session) => {
    await reset(session);
    // The pool destroys what cannot be reset.
    if (session.state !== ConnectionState.READY) throw new Error('The connection is closed');
  };
}
