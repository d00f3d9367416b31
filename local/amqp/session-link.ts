// A link that receives one session: the attach is answered when a session is granted, and names it.
import rhea from 'rhea';
import { acceptSession, type SessionGrant } from '../broker/operations/sessions.ts';
import { refuse } from './admit.ts';
import type { Clock } from '../clock.ts';
import { type OutgoingLink, startDelivering } from './outgoing-link.ts';
import { delayAttach, echoAttach, localAttach, type Sender } from './rhea-internals.ts';

const filterName = 'com.microsoft:session-filter';
const timeoutProperty = 'com.microsoft:timeout';
const defaultWaitMs = 60_000;

/** .NET ticks: 100 ns since the year 1. */
const ticksPerMs = 10_000n;
const unixEpochTicks = 621_355_968_000_000_000n;

/** A null filter asks for the next session that is free. */
export function asksForSession(link: Sender): boolean {
  return filterName in filterOf(link);
}

export function openSessionLink(given: OutgoingLink & { readonly clock: Clock }): void {
  const { broker, dispatcher, peer, link, path, clock } = given;
  const asked: unknown = filterOf(link)[filterName];
  const sessionId = typeof asked === 'string' ? asked : undefined;
  peer.linkCount += 1;
  const owner = `${peer.id}/${peer.linkCount}`;
  let isWaiting = true;
  delayAttach(link);

  function tryAccept(): void {
    let grant: SessionGrant | undefined;
    broker
      .run((state, turn) => {
        grant = acceptSession(state, turn, path, { sessionId, owner });
      })
      .catch((error: unknown) => end(() => refuse(reopened(link), error)));
    if (grant) open(grant);
  }

  function open(grant: SessionGrant): void {
    end(() => {
      grantSession(link, grant);
      startDelivering(given, { owner, sessionId: grant.sessionId });
    });
  }

  function end(finish: () => void): void {
    if (!isWaiting) return;
    isWaiting = false;
    dispatcher.removeWaiter(path, tryAccept);
    peer.onEnd.delete(giveUp);
    timer.cancel();
    finish();
  }

  const giveUp = () => end(() => undefined);
  const timer = clock.setTimer(clock.now() + waitMs(link), () =>
    end(() => {
      const description = `No session of '${path}' became available in time.`;
      reopened(link).close({ condition: 'com.microsoft:timeout', description });
    }),
  );
  dispatcher.addWaiter(path, tryAccept);
  peer.onEnd.add(giveUp);
  link.on('sender_close', () => end(() => reopened(link).close()));
  tryAccept();
}

function grantSession(link: Sender, { sessionId, lockedUntilMs }: SessionGrant): void {
  echoAttach(link);
  link.set_source({ address: link.source.address, filter: { [filterName]: sessionId } });
  localAttach(link).properties = { 'com.microsoft:locked-until-utc': rhea.types.wrap_long(ticks(lockedUntilMs)) };
  link.open();
}

/** The attach that was kept back has to go out before a detach can. */
function reopened(link: Sender): Sender {
  link.open();
  return link;
}

function filterOf(link: Sender): Record<string, unknown> {
  return (link.source?.filter as Record<string, unknown> | undefined | null) ?? {};
}

function waitMs(link: Sender): number {
  const asked: unknown = link.properties?.[timeoutProperty];
  return typeof asked === 'number' ? asked : defaultWaitMs;
}

/** As eight bytes: a number of this size is no longer exact in JavaScript. */
function ticks(atMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(atMs) * ticksPerMs + unixEpochTicks);
  return bytes;
}
