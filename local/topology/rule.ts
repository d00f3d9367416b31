// A subscription's rule in ARM's terms.
import type { FilterDefinition, Properties, PropertyValue, RuleDefinition } from '../broker/entities/definitions.ts';
import { compileRule } from '../broker/rules/rule.ts';
import type { ServiceBusDialect } from './dialect.ts';
import type { Fields } from './fields.ts';

const sqlProperties = ['sqlExpression', 'compatibilityLevel', 'requiresPreprocessing'];
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

export function readRule(fields: Fields, { filterTypes }: ServiceBusDialect): RuleDefinition {
  const properties = fields.child('properties', ['filterType', 'sqlFilter', 'correlationFilter', 'action']);
  const filterType = properties.text('filterType');
  const { sql, correlation } = filterTypes;
  if (filterType !== sql && filterType !== correlation)
    throw properties.wrong('filterType', `${sql} or ${correlation}`);
  const filter = filterType === sql ? readSqlFilter(properties) : readCorrelationFilter(properties);
  const rule = { name: fields.name(), filter, ...readAction(properties) };
  try {
    compileRule(rule);
  } catch (error) {
    throw new Error(`${fields.place}: ${(error as Error).message}`, { cause: error });
  }
  return rule;
}

function readSqlFilter(properties: Fields): FilterDefinition {
  const filter = properties.child('sqlFilter', sqlProperties);
  const expression = filter.text('sqlExpression');
  if (expression === undefined) throw filter.wrong('sqlExpression', 'an SQL filter');
  return { kind: 'sql', expression };
}

/** Azure writes an empty action where there is none. */
function readAction(properties: Fields): Pick<RuleDefinition, 'action'> {
  const action = properties.child('action', sqlProperties).text('sqlExpression');
  return action ? { action } : {};
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
