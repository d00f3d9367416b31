// $management operations on sessions.
import rhea from 'rhea';
import { getSessionState, listSessions, renewSessionLock, setSessionState } from '../../broker/operations/sessions.ts';
import { countIn, invalid, optionalTimeIn, textIn } from './body.ts';
import type { Body, Operation } from './operation.ts';

/** .NET's DateTime.MaxValue: its client's way to ask for the sessions that have messages. */
const dotNetMaxMs = Date.UTC(9999, 11, 31);

export const sessionOperations: Readonly<Record<string, Operation>> = {
  async 'renew-session-lock'({ broker, path }, body) {
    const sessionId = textIn(body, 'session-id');
    const lockedUntilMs = await broker.run((state, turn) => renewSessionLock(state, turn, path, sessionId));
    return { expiration: rhea.types.wrap_timestamp(lockedUntilMs) };
  },

  async 'get-session-state'({ broker, path }, body) {
    const sessionId = textIn(body, 'session-id');
    const state = broker.look((present, turn) => getSessionState(present, turn, path, sessionId));
    return { 'session-state': state ? Buffer.from(state) : null };
  },

  async 'set-session-state'({ broker, path }, body) {
    const sessionId = textIn(body, 'session-id');
    const given = body['session-state'] ?? undefined;
    if (given !== undefined && !Buffer.isBuffer(given)) throw invalid('session-state', 'binary or null');
    await broker.run((state, turn) => setSessionState(state, turn, path, sessionId, given && Buffer.from(given)));
    return {};
  },

  async 'get-message-sessions'({ broker, path }, body) {
    const range = { updatedAfterMs: updatedAfter(body), skip: countIn(body, 'skip'), top: countIn(body, 'top') };
    const ids = broker.look((state) => listSessions(state, path, range));
    return ids.length === 0 ? undefined : { skip: range.skip, 'sessions-ids': ids };
  },
};

function updatedAfter(body: Body): number | undefined {
  const atMs = optionalTimeIn(body, 'last-updated-time');
  return atMs !== undefined && atMs < dotNetMaxMs ? atMs : undefined;
}
