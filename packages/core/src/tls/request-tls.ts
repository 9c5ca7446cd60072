import type { Socket } from 'node:net';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { violation } from '../wire/backend-messages.ts';
import { sslRequest } from '../wire/frontend-messages.ts';
import { MessageStream } from '../wire/message-stream.ts';

/**
 * Asks the server for TLS and takes nothing but a plain "S".
 *
 * - Bytes that come with the answer were sent before anything was verified: anyone in between could have the client take them for
 *   the server's (CVE-2021-23222).
 * - An error in answer is not read out either: nobody knows yet whose words it has (CVE-2024-10977).
 *
 * @throws AzurePgError `TLS_NOT_OFFERED` for "N", `PROTOCOL_VIOLATION` for anything else.
 */
export async function requestTls(socket: Socket): Promise<void> {
  const stream = new MessageStream(socket);
  try {
    stream.write(sslRequest());
    const answer = await stream.byte();
    if (answer === 0x4e) {
      throw new AzurePgError('TLS_NOT_OFFERED', 'The server does not support SSL, but SSL was required', {
        hint: 'Turn TLS on at the server, or see what in between removes it.',
      });
    }
    if (answer === 0x45) throw violation('an error response during the SSL exchange');
    if (answer !== 0x53) throw violation('an invalid response to the request for SSL');
    if (stream.surplus > 0) throw violation('unencrypted data after its response to the request for SSL');
  } finally {
    await stream.release();
  }
}
