// A till's file, line by line: what can become an order, and what cannot and why. Pure.
import { AppError, toAppError } from '../kernel/errors.ts';

/** `Request` is what an order is placed with. */
export interface Sale<Request> {
  /** From 0, as a pointer into the file counts. */
  readonly line: number;
  readonly receipt: string;
  readonly request: Request;
}

export interface Rejection {
  readonly line: number;
  readonly receipt: string;
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** All are counted, the first are listed: a file of ten thousand bad lines needs no mail of ten thousand. */
export interface Rejections {
  readonly count: number;
  readonly listed: readonly Rejection[];
}

export const mostListed = 100;

export interface CheckedSales<Request> {
  readonly sales: readonly Sale<Request>[];
  /** Lines that say again what a line before said. */
  readonly repeated: number;
  readonly rejected: Rejections;
}

/** In the order of their lines, as many as are listed. */
export function addRejections(a: Rejections, b: Rejections): Rejections {
  const listed = [...a.listed, ...b.listed].toSorted((one, other) => one.line - other.line);
  return { count: a.count + b.count, listed: listed.slice(0, mostListed) };
}

export const rejectionsOf = (all: readonly Rejection[]): Rejections =>
  addRejections({ count: 0, listed: [] }, { count: all.length, listed: all });

/** What is wrong with a line, from what was thrown for it. */
export function rejection(line: number, receipt: string, thrown: unknown): Rejection {
  const { code, message, errors } = toAppError(thrown);
  const [fault] = errors ?? [];
  const detail = (fault?.detail ?? message).slice(0, 300);
  return { line, receipt, pointer: `/sales/${line}${fault?.pointer ?? ''}`, code, detail };
}

/**
 * Every line that may become an order. A receipt is one sale: said twice it is one, said otherwise it is rejected.
 * @param readRequest throws AppError with `errors[]` for a sale that does not match its schema
 */
export function checkSales<Request>(
  { currency, sales }: { readonly currency: string; readonly sales: readonly unknown[] },
  readRequest: (sale: unknown) => Request,
): CheckedSales<Request> {
  const accepted = new Map<string, { readonly sale: Sale<Request>; readonly text: string }>();
  const rejected: Rejection[] = [];
  let repeated = 0;
  for (const [line, sale] of sales.entries()) {
    const named = receiptOf(sale);
    try {
      const { receipt, rest } = readLine(sale, currency);
      const request = readRequest({ ...rest, currency });
      const text = JSON.stringify(request);
      const before = accepted.get(receipt);
      if (before === undefined) accepted.set(receipt, { sale: { line, receipt, request }, text });
      else if (before.text === text) repeated += 1;
      else throw invalid('/receipt', `line ${before.sale.line} is another sale of the same receipt`);
    } catch (thrown) {
      rejected.push(rejection(line, named, thrown));
    }
  }
  return { sales: [...accepted.values()].map(({ sale }) => sale), repeated, rejected: rejectionsOf(rejected) };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For the list of rejections: whatever the line has as a receipt, if it is short. */
function receiptOf(sale: unknown): string {
  const receipt = isObject(sale) ? sale['receipt'] : undefined;
  return typeof receipt === 'string' && receipt.length <= 64 ? receipt : '';
}

function readLine(sale: unknown, currency: string): { readonly receipt: string; readonly rest: object } {
  if (!isObject(sale)) throw invalid('', 'a sale is an object');
  const { receipt, ...rest } = sale;
  if (typeof receipt !== 'string' || !/^[\u0021-\u007e]{1,64}$/.test(receipt))
    throw invalid('/receipt', '1 to 64 printable ASCII characters without blanks');
  if (rest['currency'] !== undefined && rest['currency'] !== currency)
    throw invalid('/currency', `the file is in ${currency}`);
  return { receipt, rest };
}

const invalid = (pointer: string, detail: string): AppError =>
  new AppError('invalid-request', detail, { errors: [{ pointer, code: 'invalid_format', detail }] });
