// Letters as text. Pure.
import type { CauseGroup, DeadLetter, DeadLetterEntry } from '../shared/dead-letters/dead-letter.ts';
import type { DryRun, FilterDryRun } from '../shared/dead-letters/dry-run.ts';
import type { BodyView } from '../shared/dead-letters/letter-view.ts';
import type { WholeLetter } from './dead-letters-api.ts';
import { age, type Column, printable, table } from './table.ts';

export function groupsTable(groups: readonly CauseGroup[], now: number, width: number): string {
  const columns: Column<CauseGroup>[] = [
    { title: 'COUNT', of: ({ count }) => String(count), isNumber: true },
    { title: 'OLDEST', of: ({ oldestAt }) => age(oldestAt, now), isNumber: true },
    { title: 'CAUSE', of: ({ cause }) => cause },
  ];
  return table(columns, groups, width);
}

export function lettersTable(letters: readonly DeadLetter[], now: number, width: number): string {
  const columns: Column<DeadLetter>[] = [
    { title: 'ID', of: ({ id }) => id },
    { title: 'AGE', of: ({ arrivedAt }) => age(arrivedAt, now), isNumber: true },
    { title: 'CAUSE', of: ({ cause }) => cause },
    { title: 'ABOUT', of: ({ correlationId, originalId }) => correlationId ?? originalId },
  ];
  return table(columns, letters, width);
}

/** What can be edited: JSON in lines of its own; anything else as it is. */
export const bodyText = (view: BodyView): string =>
  view.bodyEncoding === 'json' ? JSON.stringify(view.body, undefined, 2) : view.body;

export function letterText(letter: WholeLetter): string {
  const { id, state, cause, sourceEntity, reason, description, type, subject, properties } = letter;
  const sent =
    letter.resubmissions === 0 ? undefined : `${letter.resubmissions} times again, last as ${letter.messageId}`;
  const fields = {
    id,
    state,
    cause,
    failed: `at ${sourceEntity}, ${letter.arrivedAt}`,
    reason: `${reason}: ${description}`,
    message: [type, letter.originalId].filter(Boolean).join(' '),
    subject,
    correlation: letter.correlationId,
    session: letter.sessionId,
    sent,
    properties: Object.keys(properties).length === 0 ? undefined : JSON.stringify(properties),
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(12)}${printable(value)}`],
  );
  return [
    ...lines,
    '',
    `body (${letter.bodyEncoding})`,
    printable(bodyText(letter)),
    '',
    'history',
    historyText(letter.history),
  ].join('\n');
}

interface Entry extends Pick<DeadLetterEntry, 'at' | 'by' | 'note' | 'detail'> {
  readonly action: string;
  readonly outcome: string;
}

/** Who did what, oldest first. */
export const historyText = (history: readonly Entry[]): string =>
  history
    .map(({ at, action, outcome, by, note, detail }) =>
      printable(
        [`${at}  ${action} ${outcome}, by ${by}`, note, detail].filter((each) => each !== undefined).join('; '),
      ),
    )
    .join('\n');

export const problemLines = (problems: DryRun['problems']): string[] =>
  problems.map(({ pointer, code, detail }) =>
    printable(`  ${pointer === '' ? 'the message' : pointer}: ${detail} (${code})`),
  );

export const filterDryRunText = ({ count, examined, wouldSucceed, problems }: FilterDryRun): string =>
  [
    `${count} letters. Of ${examined} looked into, ${wouldSucceed} would be taken and ${examined - wouldSucceed} come back`,
    ...problems.map((problem) => `${String(problem.count).padStart(8)} x${problemLines([problem])[0] ?? ''}`),
  ].join('\n');
