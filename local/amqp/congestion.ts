// A peer that does not read leaves what it is sent in this process. Beyond this much it is given no more.
import type { Socket } from 'node:net';

const maxUnreadBytes = 4 * 1024 * 1024;
/** Of one session, before it is seen whether the peer reads them. */
export const maxWaitingDeliveries = 500;

export function isCongested(socket: Socket): boolean {
  return socket.writableLength > maxUnreadBytes;
}
