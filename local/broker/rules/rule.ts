// A rule ready to be asked, and the question a topic asks for each of its subscriptions.
import type { FilterDefinition, RuleDefinition } from '../entities/definitions.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import { matchesCorrelation } from './correlation-filter.ts';
import type { RuleFields } from './rule-fields.ts';
import { evaluate } from './sql/evaluate.ts';
import { parseSqlFilter } from './sql/parse.ts';

export interface CompiledRule {
  readonly definition: RuleDefinition;
  readonly matches: (fields: () => RuleFields) => boolean;
}

/** @throws BrokerError invalid-argument when the name or the expression is not valid */
export function compileRule(definition: RuleDefinition): CompiledRule {
  if (definition.name.length === 0 || definition.name.length > limits.maxRuleNameLength)
    throw new BrokerError('invalid-argument', `A rule's name has 1 to ${limits.maxRuleNameLength} characters.`);
  return { definition, matches: compileFilter(definition.filter) };
}

/** A message that matches several rules of a subscription is still taken once. */
export function anyRuleMatches(rules: ReadonlyMap<string, CompiledRule>, fields: () => RuleFields): boolean {
  return rules.values().some((rule) => rule.matches(fields));
}

function compileFilter(filter: FilterDefinition): CompiledRule['matches'] {
  switch (filter.kind) {
    case 'true':
      return () => true;
    case 'false':
      return () => false;
    case 'correlation':
      return (fields) => matchesCorrelation(filter, fields());
    case 'sql': {
      const expression = parseSqlFilter(filter.expression);
      return (fields) => evaluate(expression, fields()) === true;
    }
  }
}
