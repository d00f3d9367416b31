// SQL filters against an oracle of its own: every random expression comes with the value it must have.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../local/broker/rules/sql/evaluate.ts';
import { parseSqlFilter } from '../../../local/broker/rules/sql/parse.ts';

const fields = { subject: 'x', properties: { one: 1, 'two words': 2, text: 'x', flag: true } };
const subject = { fields: () => fields, newId: () => 'id' };

/** Unknown is undefined. */
interface Case<T> {
  readonly text: string;
  readonly value: T | undefined;
}

const given = <T>(text: string, value: T | undefined): Case<T> => ({ text, value });
const number = fc.constantFrom(
  given('1', 1),
  given('2', 2),
  given('7', 7),
  given('one', 1),
  given('USER.[two words]', 2),
  given("property('on' + 'e')", 1),
  given<number>('absent', undefined),
  given<number>('NULL', undefined),
);
const text = fc.constantFrom(
  given("'x'", 'x'),
  given("'y'", 'y'),
  given('text', 'x'),
  given('sys.Label', 'x'),
  given("'it''s'", "it's"),
  given<string>('absent', undefined),
);

function both<A, B, C>(left: Case<A>, right: Case<B>, combine: (left: A, right: B) => C): C | undefined {
  return left.value === undefined || right.value === undefined ? undefined : combine(left.value, right.value);
}

const sum = fc.letrec<{ sum: Case<number> }>((tie) => ({
  sum: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum')).map(([left, operator, right]) =>
      given(
        `(${left.text} ${operator} ${right.text})`,
        both(left, right, (a, b) => (operator === '+' ? a + b : operator === '-' ? a - b : a * b)),
      ),
    ),
    fc
      .tuple(tie('sum'), fc.constantFrom(2, 3))
      .map(([left, by]) => given(`(${left.text} / ${by})`, left.value && Math.trunc(left.value / by))),
    tie('sum').map(({ text: inner, value }) => given(`(-${inner})`, value === undefined ? undefined : -value)),
  ),
})).sum;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
const operator = fc.constantFrom(...Object.keys(comparisons));
const orderOf = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);

function comparison<T>(operand: fc.Arbitrary<Case<T>>): fc.Arbitrary<Case<boolean>> {
  return fc.tuple(operand, operator, operand).map(([left, sign, right]) =>
    given(
      `${left.text} ${sign} ${right.text}`,
      both(left, right, (a, b) => comparisons[sign]?.(orderOf(a, b)) ?? false),
    ),
  );
}

const membership = fc.tuple(sum, fc.array(number, { minLength: 1, maxLength: 3 })).map(([left, choices]) => {
  const results = choices.map((choice) => both(left, choice, (a, b) => a === b));
  const value = results.includes(true) ? true : results.includes(undefined) ? undefined : false;
  return given(`${left.text} IN (${choices.map((choice) => choice.text).join(', ')})`, value);
});
const presence = fc.constantFrom(
  given('absent IS NULL', true),
  given('one IS NOT NULL', true),
  given('EXISTS(text)', true),
  given('EXISTS(sys.To)', false),
  given("text LIKE '_'", true),
  given("text NOT LIKE 'x%'", false),
  given<boolean>("absent LIKE 'x%'", undefined),
);

const predicate = fc.letrec<{ predicate: Case<boolean> }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'small' },
    comparison(sum),
    comparison(text),
    membership,
    presence,
    fc.tuple(sum, text).map(([left, right]) => given<boolean>(`${left.text} = ${right.text}`, undefined)),
    tie('predicate').map(({ text: inner, value }) => given(`NOT (${inner})`, value === undefined ? undefined : !value)),
    fc
      .tuple(tie('predicate'), tie('predicate'))
      .map(([left, right]) =>
        given(
          `(${left.text}) AND (${right.text})`,
          left.value === false || right.value === false ? false : both(left, right, () => true),
        ),
      ),
    fc
      .tuple(tie('predicate'), tie('predicate'))
      .map(([left, right]) =>
        given(
          `(${left.text}) OR (${right.text})`,
          left.value === true || right.value === true ? true : both(left, right, () => false),
        ),
      ),
  ),
})).predicate;

describe('an SQL filter', () => {
  it('has the value that its parts give it, unknown ones included', () => {
    fc.assert(
      fc.property(predicate, (sample) => {
        fc.pre(sample.text.length <= 1024);
        const value = evaluate(parseSqlFilter(sample.text), subject);
        expect(value ?? undefined).toBe(sample.value);
      }),
      { numRuns: 2000 },
    );
  });
});
