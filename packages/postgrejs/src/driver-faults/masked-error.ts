import { ConnectionState, DatabaseError } from 'postgrejs';
import { ErrorsWhenReady } from './early-error.ts';

/**
 * When a connection ends in a query, the driver still wants to close its statement, and reports that it could not: "Connection closed", in
 * the place of what the server or the system said.
 */
export class LastWords extends ErrorsWhenReady {
  #lastWords: unknown;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [first] = args;
    const ends = event === 'error' && !(first instanceof DatabaseError && first.severity === 'ERROR');
    if (ends) this.#lastWords ??= first;
    return super.emit(event, ...args);
  }

  override async capture(callback: unknown): Promise<unknown> {
    try {
      return await super.capture(callback);
    } catch (error) {
      throw (this.state === ConnectionState.CLOSED ? this.#lastWords : undefined) ?? error;
    }
  }
}
