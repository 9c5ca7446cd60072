import type { ServerWatch } from '@azure-pg/core/adapter';
import type { ServerSigns } from './driver-faults/driver-socket.ts';
import type { InstanceState } from './driver-faults/instance-state.ts';

/** A statement that asks for reading only is short; longer writes are not looked at, and most others not for long. */
const longest = 1000;
const hints = ['only', 'ONLY', 'Only'];
const readOnly = /read[\s_]+only\b/i;
const forTheSession = /default_transaction_read_only|session\s+characteristics/i;

/** Tells the core what a connection's server does, and an instance when its connections lead to a server that has changed. */
export function serverSigns(server: ServerWatch, state: InstanceState): ServerSigns {
  let wanted: 'transaction' | 'session' | undefined;
  return {
    get outdated() {
      return server.outdated;
    },
    onError(sqlState) {
      const before = server.outdated;
      server.heed(sqlState, wanted !== undefined);
      if (server.outdated && !before) state.retire();
    },
    onWrite(bytes) {
      if (bytes.length > longest || !hints.some((hint) => bytes.includes(hint))) return;
      const text = bytes.toString('latin1');
      if (readOnly.test(text)) wanted = forTheSession.test(text) ? 'session' : (wanted ?? 'transaction');
    },
    onReady(status) {
      if (status === 'I' && wanted === 'transaction') wanted = undefined;
    },
    onSilence() {
      server.silent();
      state.retire();
    },
  };
}
