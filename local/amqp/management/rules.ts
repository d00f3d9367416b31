// $management operations on a subscription's rules, and how a rule looks on the wire: described lists.
import rhea from 'rhea';
import type { FilterDefinition, RuleDefinition } from '../../broker/entities/definitions.ts';
import { addRule, listRules, removeRule } from '../../broker/operations/rules.ts';
import { toProperties } from '../message-codec.ts';
import type { Typed } from '../rhea-internals.ts';
import type { Body, Operation } from './operation.ts';
import { countIn, invalid, optionalTextIn, textIn } from './body.ts';

const { types } = rhea;

const descriptors = {
  rule: 1335734829060,
  emptyAction: 1335734829061,
  sqlAction: 1335734829062,
  sqlFilter: 83483426822,
  trueFilter: 83483426823,
  falseFilter: 83483426824,
  correlationFilter: 83483426825,
} as const;

/** The version of the SQL grammar: there is only this one. */
const compatibilityLevel = types.wrap_int(20);

export const ruleOperations: Readonly<Record<string, Operation>> = {
  async 'enumerate-rules'({ broker, path }, body) {
    const skip = countIn(body, 'skip');
    const rules = broker.look((state) => listRules(state, path)).slice(skip, skip + countIn(body, 'top'));
    if (rules.length === 0) return undefined;
    return { rules: rules.map((rule) => ({ 'rule-description': describeRule(rule) })) };
  },

  async 'add-rule'({ broker, path }, body) {
    const description = mapIn(body, 'rule-description');
    const rule = { name: textIn(body, 'rule-name'), filter: filterIn(description), action: actionIn(description) };
    await broker.run((state, turn) => addRule(state, turn, path, rule));
    return {};
  },

  async 'remove-rule'({ broker, path }, body) {
    const name = textIn(body, 'rule-name');
    await broker.run((state, turn) => removeRule(state, turn, path, name));
    return {};
  },
};

/** Undefined without an action; one that is empty is none. */
function actionIn(description: Body): string | undefined {
  if (!description['sql-rule-action']) return undefined;
  return textIn(mapIn(description, 'sql-rule-action'), 'expression') || undefined;
}

function filterIn(description: Body): FilterDefinition {
  if (description['sql-filter']) {
    const expression = textIn(mapIn(description, 'sql-filter'), 'expression');
    return { kind: 'sql', expression };
  }
  const given = mapIn(description, 'correlation-filter');
  return {
    kind: 'correlation',
    correlationId: optionalTextIn(given, 'correlation-id'),
    messageId: optionalTextIn(given, 'message-id'),
    to: optionalTextIn(given, 'to'),
    replyTo: optionalTextIn(given, 'reply-to'),
    subject: optionalTextIn(given, 'label'),
    sessionId: optionalTextIn(given, 'session-id'),
    replyToSessionId: optionalTextIn(given, 'reply-to-session-id'),
    contentType: optionalTextIn(given, 'content-type'),
    properties: toProperties(given['properties']),
  };
}

function mapIn(body: Body, name: string): Body {
  const value = body[name];
  if (typeof value !== 'object' || value === null) throw invalid(name, 'a map');
  return value as Body;
}

function describeRule({ name, filter, action }: RuleDefinition): Typed {
  return described(descriptors.rule, [describeFilter(filter), describeAction(action), types.wrap_string(name)]);
}

function describeAction(action: string | undefined): Typed {
  if (action === undefined) return described(descriptors.emptyAction, []);
  return described(descriptors.sqlAction, [action, compatibilityLevel]);
}

function describeFilter(filter: FilterDefinition): Typed {
  switch (filter.kind) {
    case 'true':
      return described(descriptors.trueFilter, []);
    case 'false':
      return described(descriptors.falseFilter, []);
    case 'sql':
      return described(descriptors.sqlFilter, [filter.expression, compatibilityLevel]);
    case 'correlation': {
      const { correlationId, messageId, to, replyTo, subject, sessionId, replyToSessionId, contentType } = filter;
      const fields = [correlationId, messageId, to, replyTo, subject, sessionId, replyToSessionId, contentType];
      return described(descriptors.correlationFilter, [...fields, plainMap(filter)]);
    }
  }
}

function plainMap({ properties = {} }: { readonly properties?: RuleProperties | undefined }): Typed {
  const entries = Object.entries(properties).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null ? types.wrap_timestamp(value.timestampMs) : value,
  ]);
  return types.wrap_map(Object.fromEntries(entries));
}

type RuleProperties = NonNullable<Extract<FilterDefinition, { kind: 'correlation' }>['properties']>;

function described(code: number, items: unknown[]): Typed {
  return types.described(types.wrap_ulong(code), types.wrap_list(items)) as Typed;
}
