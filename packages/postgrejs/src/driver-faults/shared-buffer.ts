import type { Callback } from 'postgrejs';
import { PgSocket } from '../driver-parts.ts';

/** The driver writes every message into the same buffer, even while the last one waits in the socket: what is sent then is a mixture. */
export class OwnBuffers extends PgSocket {
  override _send(data: Buffer, sent?: Callback): void {
    super._send(Buffer.from(data), sent);
  }
}
