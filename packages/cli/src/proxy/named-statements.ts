const parse = 0x50;

/**
 * Looks for a Parse message that gives its statement a name, in what a client sends after its startup, however it is cut into chunks. It
 * reads each message's type and length and nothing else.
 * https://www.postgresql.org/docs/18/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARSE
 *
 * @returns a function that takes chunk after chunk, and says whether there was one.
 */
export function namedStatementWatch(): (chunk: Uint8Array) => boolean {
  /** Type, length, and of Parse the first byte of the name: zero where it has none. */
  const head = new Uint8Array(6);
  const length = new DataView(head.buffer);
  let read = 0;
  /** Bytes of the message that do not matter. */
  let rest = 0;
  return (chunk) => {
    let index = 0;
    while (index < chunk.length) {
      if (rest > 0) {
        const skipped = Math.min(rest, chunk.length - index);
        rest -= skipped;
        index += skipped;
        continue;
      }
      head[read++] = chunk[index++] as number;
      const isParse = head[0] === parse;
      if (read < (isParse ? 6 : 5)) continue;
      if (isParse && head[5] !== 0) return true;
      // The length counts itself, and not the type.
      rest = length.getUint32(1) + 1 - read;
      read = 0;
    }
    return false;
  };
}
