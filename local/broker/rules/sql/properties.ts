// Where the properties of SQL rules stand in a message. Names do not differ by case.
import { RuleError, type RuleFields, type SystemField } from '../rule-fields.ts';
import type { PropertyName, SqlValue } from './expression.ts';
import { fromProperty } from './values.ts';

/** Differs from Azure: SQL rules know the system properties that are texts and correlate messages, no dates, counts or sizes. */
const systemFields: Readonly<Record<string, SystemField>> = {
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

/** @throws RuleError when there is no such system property */
export function systemField(name: string): SystemField {
  const field = systemFields[name.toLowerCase()];
  if (!field) throw new RuleError(`There is no system property '${name}'. A property of your own has no 'sys.'.`);
  return field;
}

/** The key under which the message has it; undefined when it has not. The exact name comes first. */
export function userKey(name: string, { properties }: RuleFields): string | undefined {
  if (Object.hasOwn(properties, name)) return name;
  const wanted = name.toLowerCase();
  return Object.keys(properties).find((key) => key.toLowerCase() === wanted);
}

/** Null when the message has it not. @throws RuleError */
export function propertyValue({ scope, name }: PropertyName, fields: RuleFields): SqlValue {
  if (scope === 'sys') return fields[systemField(name)] ?? null;
  const key = userKey(name, fields);
  return key === undefined ? null : fromProperty(fields.properties[key]);
}

/** True also for a property that is null. @throws RuleError */
export function hasProperty({ scope, name }: PropertyName, fields: RuleFields): boolean {
  return scope === 'sys' ? fields[systemField(name)] !== undefined : userKey(name, fields) !== undefined;
}
