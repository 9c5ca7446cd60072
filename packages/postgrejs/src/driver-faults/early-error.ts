import { DatabaseError } from 'postgrejs';
import { readyForQuery } from '../driver-parts.ts';
import { OwnBuffers } from './shared-buffer.ts';

/**
 * The driver rejects a simple query at the server's error. The ReadyForQuery that follows then ends the next query, which so has no rows.
 * The error is held back until the server is ready, or gone.
 */
export class ErrorsWhenReady extends OwnBuffers {
  #inSimpleQuery = false;
  #failure: Error | undefined;

  override sendQueryMessage(sql: string): void {
    this.#inSimpleQuery = true;
    super.sendQueryMessage(sql);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [first] = args;
    if (!this.#inSimpleQuery) return super.emit(event, ...args);
    if (event === 'error' && first instanceof DatabaseError) {
      this.#failure ??= first;
      return true;
    }
    const ready = event === 'message' && first === readyForQuery;
    if (!ready && event !== 'close' && event !== 'error') return super.emit(event, ...args);
    const failure = this.#failure;
    this.#inSimpleQuery = false;
    this.#failure = undefined;
    if (failure === undefined) return super.emit(event, ...args);
    const told = super.emit('error', failure);
    return ready ? told : super.emit(event, ...args);
  }
}
