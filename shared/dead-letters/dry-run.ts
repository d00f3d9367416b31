// What a resubmission would come to, as far as it can be known without sending anything.
import { type InputFault, toAppError } from '../kernel/errors.ts';
import { checkBody } from './check-body.ts';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';
import { closed } from './resubmission.ts';
import { letterNotFound, type ResubmitPorts } from './resubmit.ts';

export interface DryRun {
  /** Nothing that is known speaks against it. */
  readonly wouldSucceed: boolean;
  readonly problems: readonly InputFault[];
}

type DryPorts = Pick<ResubmitPorts, 'letters' | 'claims'>;

/** @throws AppError dead-letter-not-found, storage-unavailable */
export async function dryRun(ports: DryPorts, id: string, mended?: Uint8Array): Promise<DryRun> {
  const letter = await ports.letters.get(id);
  if (letter === undefined) throw letterNotFound();
  const { code, message: detail } = closed(letter);
  const problems = [
    ...(letter.state === 'open' ? [] : [{ pointer: '', code, detail }]),
    ...(await bodyProblems(ports, letter, mended)),
  ];
  return { wouldSucceed: problems.length === 0, problems };
}

async function bodyProblems(
  { letters, claims }: DryPorts,
  letter: DeadLetter,
  mended: Uint8Array | undefined,
): Promise<readonly InputFault[]> {
  if (mended !== undefined) return await checkBody(claims, letter.sourceEntity, mended, 'mended');
  try {
    return await checkBody(claims, letter.sourceEntity, await letters.body(letter.id), 'present');
  } catch (thrown) {
    const { kind, code, message: detail } = toAppError(thrown);
    if (kind !== 'not-found') throw thrown;
    return [{ pointer: '', code, detail: `Its body is gone: ${detail}` }];
  }
}

export interface FilterDryRun {
  /** How many letters the filter finds. */
  readonly count: number;
  /** So many of them, the newest, were looked into. */
  readonly examined: number;
  /** Of those examined. */
  readonly wouldSucceed: number;
  /** The same fault of many letters once, the most frequent first. */
  readonly problems: readonly (InputFault & { readonly count: number })[];
}

const pageSize = 1_000;
const mostExamined = 500;
const atOnce = 16;
const mostProblems = 50;

/** @throws AppError storage-unavailable */
export async function dryRunOfFilter(ports: DryPorts, filter: DeadLetterFilter): Promise<FilterDryRun> {
  const problems = new Map<string, InputFault & { count: number }>();
  let count = 0;
  let wouldSucceed = 0;
  let examined = 0;
  for await (const page of pagesOf(ports, filter)) {
    count += page.length;
    const chosen = page.slice(0, mostExamined - examined);
    examined += chosen.length;
    for (let from = 0; from < chosen.length; from += atOnce) {
      const some = chosen.slice(from, from + atOnce);
      for (const found of await Promise.all(some.map((letter) => bodyProblems(ports, letter, undefined)))) {
        if (found.length === 0) wouldSucceed += 1;
        for (const problem of found) add(problems, problem);
      }
    }
  }
  const listed = [...problems.values()].toSorted((a, b) => b.count - a.count).slice(0, mostProblems);
  return { count, examined, wouldSucceed, problems: listed };
}

function add(problems: Map<string, InputFault & { count: number }>, problem: InputFault): void {
  const key = `${problem.code} ${problem.pointer} ${problem.detail}`;
  problems.set(key, { ...problem, count: (problems.get(key)?.count ?? 0) + 1 });
}

/** @throws AppError storage-unavailable */
export async function countLetters(ports: Pick<DryPorts, 'letters'>, filter: DeadLetterFilter): Promise<number> {
  let count = 0;
  for await (const page of pagesOf(ports, filter)) count += page.length;
  return count;
}

async function* pagesOf(
  { letters }: Pick<DryPorts, 'letters'>,
  filter: DeadLetterFilter,
): AsyncGenerator<readonly DeadLetter[], void> {
  let continuation: string | undefined;
  do {
    const page = await letters.list(filter, { limit: pageSize, continuation });
    yield page.items;
    continuation = page.continuation;
  } while (continuation !== undefined);
}
