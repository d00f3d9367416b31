// Carries an SQL action out: the fields of a message's copy as its statements leave them, each seeing what those before it did.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-rule-action
import type { RuleFields, RuleSubject } from '../rule-fields.ts';
import { evaluate } from './evaluate.ts';
import type { PropertyName, SqlValue, Statement } from './expression.ts';
import { propertyValue, systemField, userKey } from './properties.ts';
import { converted, textOf, toProperty } from './values.ts';

/** @throws RuleError */
export function act(statements: readonly Statement[], { fields, newId }: RuleSubject): RuleFields {
  let changed = fields();
  const subject = { fields: () => changed, newId };
  for (const statement of statements) {
    const { property } = statement;
    if (statement.kind === 'remove') changed = without(property, changed);
    else changed = withValue(property, evaluate(statement.value, subject), changed);
  }
  return changed;
}

function withValue(property: PropertyName, value: SqlValue, fields: RuleFields): RuleFields {
  if (property.scope === 'sys')
    return { ...fields, [systemField(property.name)]: value === null ? undefined : textOf(value) };
  const key = userKey(property.name, fields) ?? property.name;
  const stored = toProperty(converted(value, propertyValue(property, fields)));
  return { ...fields, properties: { ...fields.properties, [key]: stored } };
}

function without(property: PropertyName, fields: RuleFields): RuleFields {
  if (property.scope === 'sys') return { ...fields, [systemField(property.name)]: undefined };
  const key = userKey(property.name, fields);
  const kept = Object.entries(fields.properties).filter(([name]) => name !== key);
  return { ...fields, properties: Object.fromEntries(kept) };
}
