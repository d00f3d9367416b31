// SQL filters: the documented grammar, three-valued logic, and errors that say where.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../local/broker/errors.ts';
import { RuleError } from '../../../local/broker/rules/rule-fields.ts';
import { evaluate } from '../../../local/broker/rules/sql/evaluate.ts';
import { isLike } from '../../../local/broker/rules/sql/like.ts';
import { parseSqlFilter } from '../../../local/broker/rules/sql/parse.ts';

const fields = {
  messageId: 'm-1',
  subject: 'PaymentCaptured',
  properties: { total: 120, region: 'eu', vip: true, nothing: null, 'odd name': 1, at: { timestampMs: 5 } },
};
const subject = { fields: () => fields, newId: () => 'a-new-id' };
const judge = (expression: string) => evaluate(parseSqlFilter(expression), subject);

function outcomeOf(run: () => unknown): unknown {
  try {
    run();
    return 'result';
  } catch (error) {
    if (error instanceof RuleError) return 'no result';
    return error instanceof BrokerError ? error.code : error;
  }
}

describe('an SQL filter', () => {
  it.each([
    '1=1',
    'total = 120',
    'total <> 121 AND total != 119',
    'total > 100 AND total >= 120 AND total < 121 AND total <= 120',
    "region = 'eu' OR absent = 1",
    "NOT region = 'us'",
    "sys.Label = 'PaymentCaptured'",
    "sys.label LIKE 'Payment%' AND SYS.MessageId = 'm-1'",
    "user.region IN ('us', 'eu')",
    "region NOT IN ('us', 'cn')",
    "region NOT LIKE 'u_'",
    "'100%' LIKE '100!%' ESCAPE '!'",
    'absent IS NULL AND nothing IS NULL AND total IS NOT NULL',
    'EXISTS(total) AND EXISTS(nothing) AND NOT EXISTS(absent) AND EXISTS(sys.Label)',
    'total + 1 = 121 AND total * 2 - 40 = 200 AND total / 2 % 7 = 4 AND -total < 0',
    '(total = 1 OR vip) AND vip = TRUE',
    'TOTAL = 120',
    '[odd name] = 1 AND "odd name" = 1',
    "'it''s' = 'it''s'",
    'total = 1.2e2',
    'at = at AND NOT at < at',
    "newid() = 'a-new-id'",
    "property('total') = 120 AND p('odd' + ' name') = 1 AND P('TOTAL') > total-1",
    '7 / 2 = 3 AND -7 / 2 = -3 AND 7 / 2.0 = 3.5 AND -7 % 3 = -1',
    '1.0 = 1 AND 9223372036854775807 > 9223372036854775806',
    "'total: ' + total = 'total: 120'",
    "'a%' LIKE 'a' + '\\%' ESCAPE '\\'",
    'sys.To IS NULL AND NOT EXISTS(sys.To)',
    '"a ""quoted"" name" IS NULL AND [a ]] bracket] IS NULL',
  ])('takes: %s', (expression) => {
    expect(judge(expression)).toBe(true);
  });

  it.each([
    ['absent = 1', null],
    ['absent <> 1', null],
    ['NOT absent = 1', null],
    ['absent = 1 AND total = 1', false],
    ['absent = 1 OR total = 1', null],
    ["total = '120'", null],
    ['total / 0.0 = 1', false],
    ['p(absent) = 1', null],
    ["total LIKE '1%'", null],
    ["region LIKE 'e' ESCAPE absent", null],
    ['absent IN (1, 2)', null],
    ['total IN (1, absent)', null],
    ['total LIKE 1', null],
    ['1 = 0', false],
  ])('does not take: %s', (expression, result) => {
    expect(judge(expression)).toBe(result);
  });

  it.each([
    ['total >', /found the end/],
    ['total = = 1', /found '=' at 8/],
    ['(total = 1', /Expected '\)'/],
    ['total = 1 total', /Expected the end, found 'total' at 10/],
    ['total ; 1', /Expected the end, found ';' at 6/],
    ['total ? 1', /Unexpected '\?' at 6/],
    ['total = @most', /Parameters cannot be sent along/],
    ['total = 9223372036854775808', /too large for an integer/],
    ['newid(1) = 1', /Expected '\)'/],
    ['now() = 1', /found '\('/],
    ['_a = 1', /Unexpected '_'/],
    ['SET = 1', /found 'SET'/],
    ['other.name = 1', /sys or user/],
    ["a LIKE 'x' ESCAPE 'xx'", /single character/],
    ['1 IS NULL', /a property before IS NULL/],
    ['a = AND', /found 'AND'/],
    [`a = '${'x'.repeat(1100)}'`, /at most 1024/],
    ['', /found the end/],
  ])('is refused with its place: %s', (expression, message) => {
    expect(() => parseSqlFilter(expression)).toThrow(message);
  });

  it.each([
    ['sys.Absent = 1', /no system property 'Absent'/],
    ['total / 0 = 1', /no result/],
    ['total % (1 - 1) = 1', /no result/],
    ['property(1) = 1', /takes a text/],
    ["region LIKE 'e' ESCAPE region", /one character/],
  ])('fails for a message: %s', (expression, message) => {
    expect(() => judge(expression)).toThrow(message);
    expect(outcomeOf(() => judge(expression))).toBe('no result');
  });

  it('is parsed or refused, whatever the text', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      "'s'",
      '(',
      ')',
      'AND',
      'NOT',
      'IN',
      'LIKE',
      ',',
      '=',
      '-',
      'IS',
      'NULL',
      '.',
      '[',
      '/',
      '0',
      'p',
      'newid',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(['result', 'no result', 'invalid-argument']).toContain(outcomeOf(() => judge(pieces.join(' '))));
      }),
      { numRuns: 2000 },
    );
  });

  it('matches LIKE as a regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (text, pattern) => {
        const source = pattern.replaceAll('%', '.*').replaceAll('_', '.');
        expect(isLike(text, pattern, undefined)).toBe(new RegExp(`^${source}$`, 's').test(text));
      }),
      { numRuns: 2000 },
    );
  });
});
