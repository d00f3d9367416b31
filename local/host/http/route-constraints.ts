// Inline constraints of ASP.NET routes, by name: {id:int}, {name:length(3,5)}, {sku:regex(^[A-Z]+$)}.

/** Whether a decoded value may stand for the parameter. */
export type Constraint = (value: string) => boolean;

const byName: Readonly<Record<string, (...bounds: number[]) => Constraint>> = {
  int: () => (value) => isInteger(value, 2n ** 31n),
  long: () => (value) => isInteger(value, 2n ** 63n),
  bool: () => (value) => /^(true|false)$/i.test(value),
  decimal: () => isNumber,
  double: () => isNumber,
  float: () => isNumber,
  datetime: () => (value) => !Number.isNaN(Date.parse(value)),
  guid: () => (value) => /^(\{|\()?[\da-f]{8}(-?)([\da-f]{4}\2){3}[\da-f]{12}(\}|\))?$/i.test(value),
  alpha: () => (value) => /^[a-z]*$/i.test(value),
  required: () => (value) => value !== '',
  length: (least, most = least) => between((value) => value.length, least, most),
  minlength: (least) => between((value) => value.length, least, Infinity),
  maxlength: (most) => between((value) => value.length, 0, most),
  min: (least) => between(toInteger, least, Infinity),
  max: (most) => between(toInteger, -Infinity, most),
  range: (least, most) => between(toInteger, least, most),
};

/** @throws Error naming a constraint nobody knows */
export function parseConstraint(text: string): Constraint {
  const [, name = '', bounds = ''] = /^([^(]+)(?:\((.*)\))?$/s.exec(text) ?? [];
  if (name.toLowerCase() === 'regex') {
    const pattern = new RegExp(bounds, 'i');
    return (value) => pattern.test(value);
  }
  const create = Object.hasOwn(byName, name.toLowerCase()) ? byName[name.toLowerCase()] : undefined;
  if (!create) throw new Error(`The route constraint '${text}' is unknown.`);
  return create(...(bounds === '' ? [] : bounds.split(',').map(Number)));
}

function between(measure: (value: string) => number, least = Number.NaN, most = Number.NaN): Constraint {
  return (value) => {
    const size = measure(value);
    return size >= least && size <= most;
  };
}

function toInteger(value: string): number {
  return /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
}

function isInteger(value: string, limit: bigint): boolean {
  if (!/^[-+]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number >= -limit && number < limit;
}

function isNumber(value: string): boolean {
  return value.trim() !== '' && Number.isFinite(Number(value));
}
