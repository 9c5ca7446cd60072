const versionOffset = 4;
const cancelRequestCode = 80_877_102;

/** https://www.postgresql.org/docs/18/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST */
export function isCancelRequest(bytes: Buffer): boolean {
  return bytes.length === 16 && bytes.readUInt32BE(versionOffset) === cancelRequestCode;
}

/**
 * The StartupMessage that a driver wrote, without the parameter `without`, and without the messages of an earlier connection before it. Those
 * begin with a letter, a StartupMessage with a zero: the first byte of its length.
 */
export function startupOf(bytes: Buffer, without: string): Buffer {
  let begin = 0;
  while (begin < bytes.length && bytes[begin] !== 0) begin += 1 + bytes.readUInt32BE(begin + 1);
  const head = bytes.subarray(begin + versionOffset, begin + 8);
  const words = bytes.toString('utf8', begin + 8).split('\0');
  const kept: string[] = [];
  for (let index = 0; index + 1 < words.length && words[index] !== ''; index += 2) {
    const [name = '', value = ''] = [words[index], words[index + 1]];
    if (name !== without) kept.push(name, value);
  }
  const body = Buffer.from(`${kept.join('\0')}\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(length.length + head.length + body.length);
  return Buffer.concat([length, head, body]);
}
