// npm run dead-letters -- list | show | resubmit | discard | drain: what nobody could handle, here or in the cloud.
import type { DeadLetterFilter, DeadLetterState } from '../shared/dead-letters/dead-letter.ts';
import { type App, appFrom, appOptions } from './ask.ts';
import { readArguments, runCommand, UsageError } from './command.ts';
import { discard, drain, getLetter, listGroups, listLetters } from './dead-letters-api.ts';
import { followBatch, resubmitBatch } from './resubmit-batch.ts';
import { resubmitLetter } from './resubmit-dead-letter.ts';
import { bodyText, groupsTable, letterText, lettersTable } from './show-dead-letters.ts';
import { terminalWidth } from './table.ts';

const usage = `npm run dead-letters -- <command>
  list      [filter] [--state open] [--limit 50]   the newest first; --group counts them by cause
  show      <id> [--body]                          everything about one, or its body alone
  resubmit  <id> [--edit | --with <file.json>] [--dry-run] [--note <text>]
  resubmit  <filter> [--rate 50] [--dry-run]       all open ones of a filter, so many a second
  follow    <batch>                                how far such a resubmission is
  discard   <id> --reason <text>
  drain                                            takes in what the processor of dead letters gave up
filter:  --cause, --source, --reason <code>, --since and --until <time>
Each takes --url <address> and --key <function key> (or MILLRACE_KEY); list and show take --json`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const options = {
  ...appOptions,
  json: flag,
  state: text,
  limit: text,
  group: flag,
  cause: text,
  source: text,
  reason: text,
  since: text,
  until: text,
  body: flag,
  edit: flag,
  with: text,
  'dry-run': flag,
  note: text,
  rate: text,
} as const;
