// A correlation filter: every given field is equal to the message's, strings compared with case.
import type { CorrelationFields, PropertyValue } from '../entities/definitions.ts';
import type { RuleFields } from './rule-fields.ts';

const systemFields = [
  'correlationId',
  'messageId',
  'to',
  'replyTo',
  'subject',
  'sessionId',
  'replyToSessionId',
  'contentType',
] as const;

export function matchesCorrelation(filter: CorrelationFields, fields: RuleFields): boolean {
  return (
    systemFields.every((name) => filter[name] === undefined || filter[name] === fields[name]) &&
    Object.entries(filter.properties ?? {}).every(([name, wanted]) => isSame(wanted, fields.properties[name]))
  );
}

function isSame(wanted: PropertyValue, actual: PropertyValue | undefined): boolean {
  return plain(wanted) === plain(actual);
}

function plain(value: PropertyValue | undefined): string | number | boolean | null | undefined {
  return typeof value === 'object' && value !== null ? value.timestampMs : value;
}
