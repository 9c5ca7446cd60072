import type { Socket } from 'node:net';

/**
 * An "error" that nobody listens for ends the process, and between two steps of opening a connection there are moments at which nobody
 * does. This stands by from the first packet until the driver begins; what went wrong is found on the destroyed socket.
 */
export function ignoreErrors(socket: Socket): void {
  socket.on('error', ignore);
}

export function heedErrors(socket: Socket): void {
  socket.off('error', ignore);
}

function ignore(): void {}
