// npm run operator-tasks -- list | show | retry | skip | resolve: what waits for a person, here or in the cloud.
import type { OperatorTask, TaskAction, TaskEntry } from '../shared/operations/operator-task.ts';
import { appFrom, appOptions, ask } from './ask.ts';
import { oneOf, only, readArguments, runCommand, UsageError, wholeNumber } from './command.ts';
import { historyText } from './show-dead-letters.ts';
import { age, type Column, printable, table, terminalWidth } from './table.ts';

const usage = `npm run operator-tasks -- <command>
  list      [--state open|closed] [--limit 50]   open ones first
  show      <id>                                 everything about one
  retry     <id> [--note <text>]                 do what failed once more
  skip      <id> --note <text>                   leave it undone, and say why
  resolve   <id> --note <text>                   it was done by hand
All take    --url <address>, --key <function key> (or MILLRACE_KEY); list and show also --json`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

const columns = (now: number): Column<OperatorTask>[] => [
  { title: 'ID', of: ({ taskId }) => taskId },
  { title: 'AGE', of: ({ raisedAt }) => age(raisedAt, now), isNumber: true },
  { title: 'STATE', of: ({ state, closedAs }) => closedAs ?? state },
  { title: 'WHAT', of: ({ step, kind }) => step ?? kind },
  { title: 'DETAIL', of: ({ subject, detail }) => `${subject} ${detail}` },
];

async function list(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { state: text, limit: text, json: flag, ...appOptions }, usage);
  only(positionals, 0, usage);
  const { state, limit = '50', json } = values;
  if (state !== undefined && state !== 'open' && state !== 'closed')
    throw new UsageError(`--state ${state}: there are open and closed`);
  const query = new URLSearchParams({ limit: String(wholeNumber('limit', limit, 100)), ...(state && { state }) });
  const answer = await ask<{ readonly items: readonly OperatorTask[]; readonly continuation?: string }>(
    appFrom(values),
    'GET',
    `operator-tasks?${query.toString()}`,
  );
  if (json) console.log(JSON.stringify(answer.items, undefined, 2));
  else if (answer.items.length === 0) console.log('Nothing waits for a person');
  else console.log(table(columns(Date.now()), answer.items, terminalWidth()));
  if (answer.continuation !== undefined) console.error('There are more: raise --limit');
  return 0;
}

async function show(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: flag, ...appOptions }, usage);
  const [id = ''] = only(positionals, 1, usage);
  const task = await ask<OperatorTask & { readonly history: readonly TaskEntry[] }>(appFrom(values), 'GET', pathOf(id));
  if (values.json) {
    console.log(JSON.stringify(task, undefined, 2));
    return 0;
  }
  const { kind, subject, step, detail, state, closedAs, raised, raisedAt, history } = task;
  const fields = {
    id,
    state: closedAs ?? state,
    what: step ?? kind,
    subject,
    raised: `${raised} times, ${raisedAt}`,
    detail,
  };
  for (const [name, value] of Object.entries(fields)) console.log(`${name.padEnd(12)}${printable(value)}`);
  console.log(`\nhistory\n${historyText(history)}`);
  return 0;
}

const pathOf = (id: string): string => `operator-tasks/${encodeURIComponent(id)}`;

const act = (action: TaskAction) => async (args: readonly string[]) => {
  const { values, positionals } = readArguments(args, { note: text, ...appOptions }, usage);
  const [id = ''] = only(positionals, 1, usage);
  const note = values.note?.trim();
  if (action !== 'retry' && !note) throw new UsageError('Say why with --note: it stands in the history');
  const path = `${pathOf(id)}/${action}`;
  const { closedAs } = await ask<OperatorTask>(appFrom(values), 'POST', path, note ? { note } : {});
  console.log(`The task is ${closedAs ?? 'open still'}`);
  return closedAs === undefined ? 1 : 0;
};

const commands = new Map([
  ['list', list],
  ['show', show],
  ['retry', act('retry')],
  ['skip', act('skip')],
  ['resolve', act('resolve')],
]);

await runCommand(oneOf(commands, usage));
