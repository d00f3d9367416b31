// A subscription's rule in ARM's terms.
import type { FilterDefinition, Properties, PropertyValue, RuleDefinition } from '../broker/entities/definitions.ts';
import { compileRule } from '../broker/rules/rule.ts';
import type { Fields } from './fields.ts';

const filterTypes = ['SqlFilter', 'CorrelationFilter'];
const correlationProperties = [
  'correlationId',
  'messageId',
  'to',
  'replyTo',
  'label',
  'sessionId',
  'replyToSessionId',
  'contentType',
  'properties',
];

/** Differs from Azure: rules have no actions. */
export function readRule(fields: Fields): RuleDefinition {
  const properties = fields.child('properties', ['filterType', 'sqlFilter', 'correlationFilter']);
  const filterType = properties.text('filterType');
  if (filterType === undefined || !filterTypes.includes(filterType))
    throw properties.wrong('filterType', filterTypes.join(' or '));
  const filter = filterType === 'SqlFilter' ? readSqlFilter(properties) : readCorrelationFilter(properties);
  const rule = { name: fields.name(), filter };
  try {
    compileRule(rule);
  } catch (error) {
    throw new Error(`${fields.place}: ${(error as Error).message}`, { cause: error });
  }
  return rule;
}

function readSqlFilter(properties: Fields): FilterDefinition {
  const filter = properties.child('sqlFilter', ['sqlExpression', 'compatibilityLevel', 'requiresPreprocessing']);
  const expression = filter.text('sqlExpression');
  if (expression === undefined) throw filter.wrong('sqlExpression', 'an SQL filter');
  return { kind: 'sql', expression };
}

function readCorrelationFilter(properties: Fields): FilterDefinition {
  const filter = properties.child('correlationFilter', correlationProperties);
  return {
    kind: 'correlation',
    correlationId: filter.text('correlationId'),
    messageId: filter.text('messageId'),
    to: filter.text('to'),
    replyTo: filter.text('replyTo'),
    subject: filter.text('label'),
    sessionId: filter.text('sessionId'),
    replyToSessionId: filter.text('replyToSessionId'),
    contentType: filter.text('contentType'),
    properties: readProperties(filter),
  };
}

function readProperties(filter: Fields): Properties {
  const given = filter.map('properties');
  const isPlain = (value: unknown): value is PropertyValue => value !== null && typeof value !== 'object';
  if (!Object.values(given).every(isPlain)) throw filter.wrong('properties', 'a map of strings, numbers and booleans');
  return given as Properties;
}
