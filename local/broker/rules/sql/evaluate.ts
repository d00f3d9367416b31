// Evaluates an SQL filter against a message, in three-valued logic: what is missing or of unequal types is unknown (null),
// and only true matches.
import type { PropertyValue } from '../../entities/definitions.ts';
import type { RuleFields } from '../rule-fields.ts';
import type { Arithmetic, Comparison, Expression, Literal, PropertyName } from './expression.ts';
import { isLike } from './like.ts';

const systemProperties: Readonly<Record<string, keyof Omit<RuleFields, 'properties'>>> = {
  messageid: 'messageId',
  correlationid: 'correlationId',
  to: 'to',
  replyto: 'replyTo',
  label: 'subject',
  subject: 'subject',
  sessionid: 'sessionId',
  replytosessionid: 'replyToSessionId',
  contenttype: 'contentType',
};

export function evaluate(expression: Expression, fields: RuleFields): Literal {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'property':
      return propertyValue(expression, fields);
    case 'negative': {
      const value = evaluate(expression.operand, fields);
      return typeof value === 'number' ? -value : null;
    }
    case 'arithmetic':
      return calculate(expression.operator, evaluate(expression.left, fields), evaluate(expression.right, fields));
    case 'comparison':
      return compare(expression.operator, evaluate(expression.left, fields), evaluate(expression.right, fields));
    case 'and':
      return and(truth(expression.left, fields), () => truth(expression.right, fields));
    case 'or':
      return not(and(not(truth(expression.left, fields)), () => not(truth(expression.right, fields))));
    case 'not':
      return not(truth(expression.operand, fields));
    case 'is-null':
      return propertyValue(expression.property, fields) === null;
    case 'exists':
      return exists(expression.property, fields);
    case 'in':
      return isIn(evaluate(expression.operand, fields), expression.choices, fields);
    case 'like': {
      const value = evaluate(expression.operand, fields);
      const pattern = evaluate(expression.pattern, fields);
      if (typeof value !== 'string' || typeof pattern !== 'string') return null;
      return isLike(value, pattern, expression.escape);
    }
  }
}

function truth(expression: Expression, fields: RuleFields): boolean | null {
  const value = evaluate(expression, fields);
  return typeof value === 'boolean' ? value : null;
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function and(left: boolean | null, right: () => boolean | null): boolean | null {
  if (left === false) return false;
  const other = right();
  return other === false ? false : left === null || other === null ? null : true;
}

function isIn(value: Literal, choices: readonly Expression[], fields: RuleFields): boolean | null {
  const results = choices.map((choice) => compare('=', value, evaluate(choice, fields)));
  return results.includes(true) ? true : results.includes(null) ? null : false;
}

function compare(operator: Comparison, left: Literal, right: Literal): boolean | null {
  if (left === null || right === null || typeof left !== typeof right) return null;
  switch (operator) {
    case '=':
      return left === right;
    case '<>':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function calculate(operator: Arithmetic, left: Literal, right: Literal): Literal {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? null : left / right;
    case '%':
      return right === 0 ? null : left % right;
  }
}

function propertyValue({ scope, name }: PropertyName, fields: RuleFields): Literal {
  if (scope === 'user') return plain(userProperty(name, fields));
  const field = systemProperties[name.toLowerCase()];
  return (field && fields[field]) ?? null;
}

function exists(property: PropertyName, fields: RuleFields): boolean {
  if (property.scope === 'user') return userProperty(property.name, fields) !== undefined;
  return propertyValue(property, fields) !== null;
}

/** Names do not differ by case; the exact one comes first. */
function userProperty(name: string, { properties }: RuleFields): PropertyValue | undefined {
  if (Object.hasOwn(properties, name)) return properties[name];
  const wanted = name.toLowerCase();
  return Object.entries(properties).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function plain(value: PropertyValue | undefined): Literal {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? value.timestampMs : value;
}
