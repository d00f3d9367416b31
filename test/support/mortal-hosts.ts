// Hosts in memory that die. Whatever the app asks of the world passes a point of crossing, where others go first, where the call or
// its answer gets lost, and where the host dies with all it runs: before the call takes place or after.
import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from '../../shared/kernel/errors.ts';

export type Trouble = 'none' | 'lost before' | 'lost after' | 'dies before' | 'dies after' | 'refused';

interface Host {
  readonly dead: Promise<never>;
  readonly isDead: () => boolean;
  readonly die: () => void;
}

class HostDied extends Error {}

const living = new AsyncLocalStorage<Host>();

function newHost(): Host {
  const { promise: dead, reject } = Promise.withResolvers<never>();
  dead.catch(() => undefined);
  let isDead = false;
  const die = (): void => {
    isDead = true;
    reject(new HostDied('the host died'));
  };
  return { dead, isDead: () => isDead, die };
}

/** Nothing that a dead process waited for ever comes. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** How a call is told of its trouble. */
interface Told {
  readonly unavailable?: 'storage-unavailable' | 'payments-unavailable' | 'carrier-unavailable' | 'mail-unavailable';
  /** Of a call that may be refused for good. */
  readonly refused?: 'payments-refused' | 'carrier-refused';
}

export interface MortalHosts {
  /** Runs the work on one of the hosts. @throws HostDied, and what the work throws */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  /** Runs the work until it ends by itself: what dies is run again, what may pass is tried again. */
  readonly persist: <T>(work: () => Promise<T>) => Promise<T>;
  readonly cross: <T>(what: string, effect: () => T | Promise<T>, told?: Told) => Promise<T>;
}

/** @param turn lets others go first; `troubleOf` is asked once a crossing */
export function mortalHosts(turn: () => Promise<void>, troubleOf: (what: string) => Trouble): MortalHosts {
  const hosts = [newHost(), newHost()];
  let works = 0;
  const run: MortalHosts['run'] = async (work) => {
    const place = (works += 1) % hosts.length;
    const last = hosts[place];
    const host = last === undefined || last.isDead() ? (hosts[place] = newHost()) : last;
    return await Promise.race([living.run(host, work), host.dead]);
  };
  return {
    run,
    persist: async (work) => {
      for (;;) {
        try {
          return await run(work);
        } catch (error) {
          if (!isPassing(error)) throw error;
          await turn();
        }
      }
    },
    cross: async (what, effect, { unavailable = 'storage-unavailable', refused } = {}) => {
      const host = living.getStore();
      if (host === undefined) throw new Error(`${what} is asked for by nobody`);
      await turn();
      if (host.isDead()) return await never();
      const trouble = troubleOf(what);
      if (trouble === 'refused' && refused !== undefined) throw new AppError(refused, `${what} is not to be`);
      if (trouble === 'lost before') throw new AppError(unavailable, `${what} was lost`);
      if (trouble === 'dies before') host.die();
      if (host.isDead()) return await never();
      const result = await effect();
      if (trouble === 'dies after') host.die();
      if (host.isDead()) return await never();
      if (trouble === 'lost after') throw new AppError(unavailable, `the answer of ${what} was lost`);
      return result;
    },
  };
}

export const isDeath = (error: unknown): boolean => error instanceof HostDied;

export const isPassing = (error: unknown): boolean =>
  isDeath(error) || (error instanceof AppError && error.kind === 'transient');
