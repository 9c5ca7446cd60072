import { errorChain, errorCodes } from '../../error-chain.ts';

/** The ways in which an adapter can be untrue. */
export type Untruth =
  /** It answered what the server refused, or never got. */
  | 'invented answer'
  /** A query failed by an error that is not its own. */
  | 'stale error'
  /** A query failed by its own error, but under another name or without its reason. */
  | 'wrong error'
  | 'lost row'
  /** A row is there although its insert was reported as failed. */
  | 'unreported row'
  /** A result has too many rows, too few, or other ones. */
  | 'wrong rows'
  | 'hang'
  | 'unhandled error';

/** Thrown by a check that finds an adapter untrue. */
export class Untrue extends Error {
  readonly untruth: Untruth;

  constructor(untruth: Untruth, message: string) {
    super(message);
    this.untruth = untruth;
  }
}

/** What is wrong with one client after one failure. */
export interface Finding {
  readonly untruth: Untruth;
  /** Which client, at which step, and what it said. */
  readonly detail: string;
}

/** Waits for an answer for a limited time. A timer alone would let a hang end in the runner's timeout, which cannot say what hung. */
export async function answered<T>(step: string, promise: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Untrue('hang', `${step}: no answer in ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const downCodes =
  /^(57P0\d|08[0-9P]{3}|25P03|25P04|ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|CONNECTION_(CLOSED|ENDED|DESTROYED)|SERVER_SILENT|SERVER_CLOSED\w*|CONNECTION_FAILED|P1001|P1017|QUERY_TIMEOUT|TOKEN_UNAVAILABLE)$/;
const downMessages =
  /query read timeout|connection ?(terminated|closed|error)|socket (hang up|disconnected|has been ended)|server has closed the connection|can't reach database server/i;

/** Whether an error says that the connection is down, or may be: the only kind that a program may answer by trying again. */
export function saysDown(error: unknown): boolean {
  return (
    errorCodes(error).some((code) => downCodes.test(String(code))) ||
    errorChain(error).some(({ message }) => downMessages.test(String(message)))
  );
}
