// One letter is sent again, as it is or with another body: what the edit changes and what would come of it is told first.
import type { DryRun } from '../shared/dead-letters/dry-run.ts';
import type { App } from './ask.ts';
import { CommandError } from './command.ts';
import { dryRun, getLetter, resubmit, type Resubmission } from './dead-letters-api.ts';
import { diff } from './diff.ts';
import { editInEditor, isConfirmed, readBody } from './edit-body.ts';
import { bodyText, problemLines } from './show-dead-letters.ts';
import { printable } from './table.ts';

export interface ResubmitOptions {
  /** A file with the new body. */
  readonly body?: string | undefined;
  readonly edit: boolean;
  readonly dryRun: boolean;
  readonly note?: string | undefined;
}

/** Answers the exit code. */
export async function resubmitLetter(app: App, id: string, options: ResubmitOptions): Promise<number> {
  const edited = await newBody(app, id, options);
  const wish: Resubmission = { ...(edited && { body: edited.body }), ...(options.note && { note: options.note }) };
  if (edited !== undefined || options.dryRun) {
    const { wouldSucceed, problems } = await dryRun(app, id, wish);
    if (!wouldSucceed) return refused(problems, edited?.file);
    if (options.dryRun) {
      console.log('It would be taken. Nothing was sent: leave out --dry-run to send it');
      return 0;
    }
  }
  if (options.edit && !(await isConfirmed('Send it like this?'))) {
    console.log(`Nothing was sent. Your edit stands in ${edited?.file}: give it with --body`);
    return 1;
  }
  const { sourceEntity } = await resubmit(app, id, wish);
  console.log(
    `Sent to ${sourceEntity}. Should it fail again, the letter is open again: npm run dead-letters -- show ${id}`,
  );
  return 0;
}

interface NewBody {
  readonly body: unknown;
  readonly file: string;
}

async function newBody(app: App, id: string, { body, edit }: ResubmitOptions): Promise<NewBody | undefined> {
  if (body === undefined && !edit) return undefined;
  const before = bodyText(await getLetter(app, id));
  const file = body ?? editInEditor(before);
  const fresh = readBody(file);
  const changes = diff(before, JSON.stringify(fresh, undefined, 2));
  if (changes === '')
    throw new CommandError('The body is as it was: nothing was sent. Leave out --body and --edit to send it so');
  console.log(printable(changes));
  return { body: fresh, file };
}

function refused(problems: DryRun['problems'], file: string | undefined): number {
  console.log(['It would come back:', ...problemLines(problems)].join('\n'));
  if (file !== undefined) console.log(`Nothing was sent. Mend ${file} and give it with --body`);
  return 1;
}
