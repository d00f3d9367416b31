// A rule ready to be asked, and what a subscription makes of a message by its rules.
import type { FilterDefinition, RuleDefinition } from '../entities/definitions.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import { matchesCorrelation } from './correlation-filter.ts';
import { RuleError, type RuleFields, type RuleSubject } from './rule-fields.ts';
import { act } from './sql/act.ts';
import { evaluate } from './sql/evaluate.ts';
import { parseSqlAction, parseSqlFilter } from './sql/parse.ts';

export interface CompiledRule {
  readonly definition: RuleDefinition;
  /** @throws RuleError */
  readonly matches: (subject: RuleSubject) => boolean;
  /** What its action makes of the message. @throws RuleError */
  readonly act: ((subject: RuleSubject) => RuleFields) | undefined;
}

/** What a subscription gets of a message: as it is, with other fields, or why a rule could not be evaluated. */
export type Selection =
  | { readonly kind: 'as-it-is' }
  | { readonly kind: 'changed'; readonly fields: RuleFields }
  | { readonly kind: 'failed'; readonly error: RuleError };

/** @throws BrokerError invalid-argument when the name or an expression is not valid */
export function compileRule(definition: RuleDefinition): CompiledRule {
  if (definition.name.length === 0 || definition.name.length > limits.maxRuleNameLength)
    throw new BrokerError('invalid-argument', `A rule's name has 1 to ${limits.maxRuleNameLength} characters.`);
  return { definition, matches: compileFilter(definition.filter), act: compileAction(definition) };
}

/**
 * All rules without an action that match make one copy together, each with an action one of its own; all that fail, one dead letter.
 * https://learn.microsoft.com/azure/service-bus-messaging/topic-filters
 */
export function selectByRules(rules: ReadonlyMap<string, CompiledRule>, subject: RuleSubject): Selection[] {
  const selections: Selection[] = [];
  const has = (kind: Selection['kind']) => selections.some((selection) => selection.kind === kind);
  for (const rule of rules.values()) {
    if (!rule.act && has('as-it-is')) continue;
    const selection = selectBy(rule, subject);
    if (selection && !(selection.kind === 'failed' && has('failed'))) selections.push(selection);
  }
  return selections;
}

function selectBy(rule: CompiledRule, subject: RuleSubject): Selection | undefined {
  try {
    if (!rule.matches(subject)) return undefined;
    return rule.act ? { kind: 'changed', fields: rule.act(subject) } : { kind: 'as-it-is' };
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    return { kind: 'failed', error };
  }
}

function compileFilter(filter: FilterDefinition): CompiledRule['matches'] {
  switch (filter.kind) {
    case 'true':
      return () => true;
    case 'false':
      return () => false;
    case 'correlation':
      return ({ fields }) => matchesCorrelation(filter, fields());
    case 'sql': {
      const expression = parseSqlFilter(filter.expression);
      return (subject) => evaluate(expression, subject) === true;
    }
  }
}

/** The copy also says which rule made it. */
function compileAction({ name, action }: RuleDefinition): CompiledRule['act'] {
  if (action === undefined) return undefined;
  const statements = parseSqlAction(action);
  return (subject) => {
    const fields = act(statements, subject);
    return { ...fields, properties: { ...fields.properties, RuleName: name } };
  };
}
