// Starts the rebuild of a projection over HTTP and shows how far it is.
import { setTimeout as wait } from 'node:timers/promises';
import { type App, ask } from './ask.ts';
import { progress } from './progress.ts';

interface Rebuild {
  readonly id: string;
  readonly startedAt: string;
  readonly total?: number;
  readonly orders: number;
  readonly skipped: number;
}

interface ProjectionView {
  readonly rebuilding?: Rebuild & { readonly progress: number };
  readonly last?: Rebuild & { readonly finishedAt: string };
}

const pollMs = 250;

export async function replayProjection(app: App, name: string, from: string | undefined): Promise<void> {
  const path = `projections/${encodeURIComponent(name)}`;
  const { id } = await ask<{ id: string }>(app, 'POST', `${path}/rebuild`, from === undefined ? {} : { from });
  console.log(
    from === undefined ? `Building ${name} anew beside the one that is read` : `Catching up ${name} from ${from} on`,
  );
  const show = progress();
  for (;;) {
    const { rebuilding, last } = await ask<ProjectionView>(app, 'GET', path);
    if (last?.id === id) {
      show(1, counted(last));
      console.log(`${told(last)} in ${seconds(last)} s${from === undefined ? '; it is the one that is read now' : ''}`);
      return;
    }
    if (rebuilding?.id === id) show(rebuilding.progress, counted(rebuilding));
    await wait(pollMs);
  }
}

const counted = ({ orders, total }: Rebuild): string => `${orders} of ${total ?? 'orders not yet counted'}`;

const told = ({ orders, skipped }: Rebuild): string =>
  `${orders} orders replayed${skipped === 0 ? '' : `, ${skipped} left out: the log names them`}`;

const seconds = ({ startedAt, finishedAt }: { readonly startedAt: string; readonly finishedAt: string }): string =>
  ((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1);
