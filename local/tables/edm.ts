// The eight property types of an entity: how a request's JSON becomes a typed value, and what a filter compares.
// https://learn.microsoft.com/rest/api/storageservices/payload-format-for-table-service-operations
import { parseTimestamp } from './timestamp.ts';
import { TableError } from './table-error.ts';
import { compareText } from './text-order.ts';

/** Int64, DateTime (canonical), Guid (lower case) and Binary (base64) are held as text, as they travel. */
export type EdmValue =
  | { readonly type: 'Edm.String' | 'Edm.Int64' | 'Edm.DateTime' | 'Edm.Guid' | 'Edm.Binary'; readonly value: string }
  | { readonly type: 'Edm.Int32'; readonly value: number }
  | { readonly type: 'Edm.Double'; readonly value: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { readonly type: 'Edm.Boolean'; readonly value: boolean };

/** A number written with a fraction or an exponent, which is a Double even if it is whole. */
export class WrittenAsDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/**
 * Parses the value of a property with its `@odata.type`, or infers the type where there is none.
 * @throws {TableError} InvalidInput
 */
export function parseEdmValue(name: string, value: unknown, type: unknown): EdmValue {
  const parsed = type === undefined ? infer(value) : parseAs(type, value);
  if (!parsed) throw invalid(name, type);
  return parsed;
}

function invalid(name: string, type: unknown): TableError {
  const expected = type === undefined ? 'a string, number or boolean' : `a value of type ${JSON.stringify(type)}`;
  return new TableError('InvalidInput', `The property '${name}' does not hold ${expected}.`);
}

/** `1.0` is a Double and `1` an Int32. */
function infer(value: unknown): EdmValue | undefined {
  if (value instanceof WrittenAsDouble) return parseDouble(value.value);
  if (typeof value === 'string') return parseAs('Edm.String', value);
  if (typeof value === 'boolean') return { type: 'Edm.Boolean', value };
  if (typeof value === 'number') return parseAs('Edm.Int32', value) ?? { type: 'Edm.Double', value };
  return undefined;
}

function parseAs(type: unknown, given: unknown): EdmValue | undefined {
  const value = given instanceof WrittenAsDouble ? given.value : given;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value);
  switch (type) {
    case 'Edm.String':
      return typeof value === 'string' && value.isWellFormed() ? { type, value } : undefined;
    case 'Edm.Int32':
      return isInteger(text, 32) ? { type, value: Number(text) } : undefined;
    case 'Edm.Int64':
      return isInteger(text, 64) ? { type, value: String(BigInt(text)) } : undefined;
    case 'Edm.Double':
      return parseDouble(value);
    case 'Edm.Boolean':
      return text === 'true' || text === 'false' ? { type, value: text === 'true' } : undefined;
    case 'Edm.Guid':
      return GUID.test(text) ? { type, value: text.toLowerCase() } : undefined;
    case 'Edm.Binary':
      return typeof value === 'string' && BASE64.test(value) ? { type, value } : undefined;
    case 'Edm.DateTime': {
      const timestamp = parseTimestamp(text);
      return timestamp === undefined ? undefined : { type, value: timestamp };
    }
    default:
      return undefined;
  }
}

function isInteger(text: string, bits: number): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}

function parseDouble(value: unknown): EdmValue | undefined {
  const type = 'Edm.Double';
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return { type, value };
  if (typeof value !== 'number' && !(typeof value === 'string' && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(value)))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? { type, value: number } : undefined;
}

/**
 * Compares two values of the same type, or two numbers of any type.
 * @returns negative, zero or positive; undefined where the types (or a NaN) allow no comparison
 */
export function compareEdm(left: EdmValue, right: EdmValue): number | undefined {
  if (isNumber(left) && isNumber(right)) return order(toNumber(left), toNumber(right));
  if (left.type !== right.type) return undefined;
  if (left.type === 'Edm.String') return compareText(left.value, String(right.value));
  if (left.type === 'Edm.Binary')
    return Buffer.compare(Buffer.from(left.value, 'base64'), Buffer.from(String(right.value), 'base64'));
  return order(left.value, right.value);
}

function order<T extends number | bigint | string | boolean>(left: T, right: T): number | undefined {
  if (left < right) return -1;
  if (left > right) return 1;
  // Not ===: 1 and 1n are equal numbers. A NaN is neither less nor equal.
  return left <= right ? 0 : undefined;
}

type EdmNumber = Extract<EdmValue, { type: 'Edm.Int32' | 'Edm.Double' }> | { type: 'Edm.Int64'; value: string };

function isNumber(value: EdmValue): value is EdmValue & EdmNumber {
  return value.type === 'Edm.Int32' || value.type === 'Edm.Int64' || value.type === 'Edm.Double';
}

function toNumber({ type, value }: EdmNumber): number | bigint {
  return type === 'Edm.Int64' ? BigInt(value) : Number(value);
}
