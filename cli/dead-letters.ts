// npm run dead-letters -- list | show | resubmit | follow | discard | drain: what nobody could handle, here or in the cloud.
import type { DeadLetterFilter, DeadLetterState } from '../shared/dead-letters/dead-letter.ts';
import { appFrom, appOptions } from './ask.ts';
import { oneOf, only, readArguments, runCommand, UsageError, wholeNumber } from './command.ts';
import { discard, drain, getLetter, listGroups, listLetters } from './dead-letters-api.ts';
import { followBatch, resubmitBatch } from './resubmit-batch.ts';
import { resubmitLetter } from './resubmit-dead-letter.ts';
import { bodyText, groupsTable, lettersTable, letterText } from './show-dead-letters.ts';
import { terminalWidth } from './table.ts';

const usage = `npm run dead-letters -- <command>
  list      [filter] [--state open] [--limit 50]   newest first; --group counts them by cause
  show      <id> [--body]                          everything about one, or its body alone
  resubmit  <id> [--edit | --body <file.json>] [--dry-run] [--note <text>]
  resubmit  <filter> [--rate 50] [--dry-run] [--note <text>]    all open ones of a filter, so many a second
  follow    <batch>                                how far that is
  discard   <id> --reason <text>
  drain                                            takes in what the processor of dead letters gave up itself
A filter:   --cause, --source, --reason, --since <time>, --until <time>
All take    --url <address>, --key <function key> (or MILLRACE_KEY); list and show also --json`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const filterOptions = { cause: text, source: text, reason: text, since: text, until: text };
const states: readonly string[] = ['open', 'repaired', 'resubmitted', 'discarded'] satisfies DeadLetterState[];

type FilterValues = { readonly [name in keyof typeof filterOptions]?: string };

const filterFrom = ({ cause, source, reason, since, until }: FilterValues): DeadLetterFilter => {
  const given = { cause, sourceEntity: source, reason, since, until };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
};

const printJson = (value: unknown): void => console.log(JSON.stringify(value, undefined, 2));

async function list(args: readonly string[]): Promise<number> {
  const own = { state: text, limit: text, group: flag, json: flag };
  const { values, positionals } = readArguments(args, { ...filterOptions, ...own, ...appOptions }, usage);
  only(positionals, 0, usage);
  const { state = 'open', limit = '50', group, json } = values;
  if (!states.includes(state)) throw new UsageError(`--state ${state}: there are ${states.join(', ')}`);
  const app = appFrom(values);
  const filter = { ...filterFrom(values), state: state as DeadLetterState };
  if (group) {
    if (Object.keys(filter).length > 1) throw new UsageError('--group counts all of a state: leave out the filter');
    const groups = await listGroups(app, state);
    if (json) printJson(groups);
    else console.log(groups.length === 0 ? `None is ${state}` : groupsTable(groups, Date.now(), terminalWidth()));
    return 0;
  }
  const { letters, hasMore } = await listLetters(app, filter, wholeNumber('limit', limit, 10_000));
  if (json) printJson(letters);
  else console.log(letters.length === 0 ? `None is ${state}` : lettersTable(letters, Date.now(), terminalWidth()));
  if (hasMore) console.error(`There are more: count them with --group, narrow them with --cause, or raise --limit`);
  return 0;
}

async function show(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { body: flag, json: flag, ...appOptions }, usage);
  const [id = ''] = only(positionals, 1, usage);
  const letter = await getLetter(appFrom(values), id);
  if (values.json) printJson(letter);
  else console.log(values.body ? bodyText(letter) : letterText(letter));
  return 0;
}

async function resubmit(args: readonly string[]): Promise<number> {
  const own = { body: text, edit: flag, 'dry-run': flag, note: text, rate: text };
  const { values, positionals } = readArguments(args, { ...filterOptions, ...own, ...appOptions }, usage);
  const { body, edit, note, rate, 'dry-run': dryRun } = values;
  const app = appFrom(values);
  const filter = filterFrom(values);
  const hasFilter = Object.keys(filter).length > 0;
  if (hasFilter === positionals.length > 0) throw new UsageError(`Name one letter or a filter, not both\n${usage}`);
  if (hasFilter) {
    if (body !== undefined || edit)
      throw new UsageError('--body and --edit are for one letter: name its id instead of a filter');
    const ratePerSecond = rate === undefined ? undefined : wholeNumber('rate', rate, 500);
    return await resubmitBatch(app, { filter, ...(ratePerSecond && { ratePerSecond }), ...(note && { note }) }, dryRun);
  }
  if (rate !== undefined) throw new UsageError('--rate is for a filter');
  if (body !== undefined && edit) throw new UsageError('Give --body or --edit, not both');
  const [id = ''] = only(positionals, 1, usage);
  return await resubmitLetter(app, id, { body, edit, dryRun, note });
}

async function follow(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, appOptions, usage);
  const [id = ''] = only(positionals, 1, usage);
  return await followBatch(appFrom(values), id);
}

async function discardOne(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { reason: text, ...appOptions }, usage);
  const [id = ''] = only(positionals, 1, usage);
  if (!values.reason?.trim()) throw new UsageError('Say why with --reason: it stands in the history');
  await discard(appFrom(values), id, values.reason);
  console.log('Discarded. It stays in the list of --state discarded');
  return 0;
}

async function drainAll(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, appOptions, usage);
  only(positionals, 0, usage);
  console.log(`${await drain(appFrom(values))} letters were taken in`);
  return 0;
}

const commands = new Map([
  ['list', list],
  ['show', show],
  ['resubmit', resubmit],
  ['follow', follow],
  ['discard', discardOne],
  ['drain', drainAll],
]);

await runCommand(oneOf(commands, usage));
