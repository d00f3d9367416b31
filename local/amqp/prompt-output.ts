// Clients leave Nagle's algorithm on: they hold a small write back until the one before it is acknowledged, and the kernel
// delays an acknowledgement that has no data to ride on by 40 ms. So whatever comes in is answered with bytes at once.
import { type Connection, socketOf, writeEmptyFrame } from './rhea-internals.ts';

/** To be called when the connection is open: before that an empty frame would break the handshake. */
export function answerPromptly(connection: Connection): void {
  const socket = socketOf(connection);
  socket.on('data', () => {
    const bytesBefore = socket.bytesWritten;
    // Behind the tick in which rhea writes what the input called for.
    process.nextTick(() => {
      if (socket.bytesWritten === bytesBefore && socket.writable && connection.is_open()) writeEmptyFrame(connection);
    });
  });
}
