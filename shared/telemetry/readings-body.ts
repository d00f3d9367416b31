// The body of POST /telemetry: a JSON array, or NDJSON with an object a line. Each reading is judged by itself.
import { AppError, type ErrorCode, toAppError } from '../kernel/errors.ts';
import { decodeUtf8, parseJson } from '../kernel/parse-json.ts';
import { checkReading, type ReadingMessage } from './reading.ts';

export interface RejectedReading {
  /** Position in the array, or number of the line (empty ones not counted), from 0. */
  readonly index: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface JudgedReadings {
  readonly accepted: readonly ReadingMessage[];
  readonly rejected: readonly RejectedReading[];
}

export const mostReadings = 10_000;

/**
 * Parts a body into what is taken and what is not.
 * @throws AppError invalid-json for a body that is neither form, payload-too-large for more than 10,000 readings
 */
export function judgeReadings(body: Uint8Array, receivedAt: number): JudgedReadings {
  const items = readItems(decodeUtf8(body).trim());
  if (items.length > mostReadings) {
    const detail = `The body has ${items.length} readings: send ${mostReadings} at most in one request`;
    throw new AppError('payload-too-large', detail);
  }
  const accepted: ReadingMessage[] = [];
  const rejected: RejectedReading[] = [];
  for (const [index, item] of items.entries()) {
    try {
      if (item instanceof AppError) throw item;
      accepted.push(checkReading(item, receivedAt));
    } catch (thrown) {
      const { code, message } = toAppError(thrown);
      rejected.push({ index, code, detail: message });
    }
  }
  return { accepted, rejected };
}

/** The value of each reading; the error where a line of NDJSON is none. */
function readItems(text: string): unknown[] {
  if (text.startsWith('[')) return parseJson(text) as unknown[];
  if (!text.startsWith('{')) {
    throw new AppError('invalid-json', 'The body must be a JSON array of readings, or NDJSON with one reading a line');
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const items = lines.map(parseLine);
  // No line is JSON: then the body is one object over several lines, or nothing at all.
  return items.every((item) => item instanceof AppError) ? [parseJson(text)] : items;
}

function parseLine(line: string): unknown {
  try {
    return parseJson(line);
  } catch (thrown) {
    return new AppError('invalid-reading', toAppError(thrown).message);
  }
}
