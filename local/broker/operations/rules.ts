// A subscription's rules as clients see and change them. A change outlives a restart until the declared rules change.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import type { RuleDefinition } from '../entities/definitions.ts';
import type { Mailbox } from '../entities/mailbox.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import { putJson, recordKey, type RulesRecord, spaces } from '../records/records.ts';
import { compileRule } from '../rules/rule.ts';
import type { Turn } from '../turn.ts';

/** @throws BrokerError entity-not-found, not-allowed */
export function listRules(broker: Broker, path: string): RuleDefinition[] {
  return Array.from(subscriptionAt(broker, path).rules.values(), (rule) => rule.definition);
}

/** @throws BrokerError entity-not-found, already-exists, invalid-argument, not-allowed */
export function addRule(broker: Broker, turn: Turn, path: string, rule: RuleDefinition): void {
  const mailbox = subscriptionAt(broker, path);
  if (mailbox.rules.has(rule.name))
    throw new BrokerError('already-exists', `The rule '${rule.name}' already exists on '${mailbox.path}'.`);
  if (mailbox.rules.size >= limits.maxRulesPerSubscription)
    throw new BrokerError('not-allowed', `A subscription has at most ${limits.maxRulesPerSubscription} rules.`);
  mailbox.rules.set(rule.name, compileRule(rule));
  recordRules(turn, mailbox);
}

/** @throws BrokerError entity-not-found, message-not-found when there is no such rule */
export function removeRule(broker: Broker, turn: Turn, path: string, name: string): void {
  const mailbox = subscriptionAt(broker, path);
  if (!mailbox.rules.delete(name))
    throw new BrokerError(
      'entity-not-found',
      `The messaging entity '${mailbox.path}/Rules/${name}' could not be found.`,
    );
  recordRules(turn, mailbox);
}

function recordRules(turn: Turn, mailbox: Mailbox): void {
  const rules = Array.from(mailbox.rules.values(), (rule) => rule.definition);
  const record: RulesRecord = { declared: mailbox.declaredRules, rules };
  turn.changes.push(putJson(spaces.rules, recordKey(mailbox, ''), record));
}

function subscriptionAt(broker: Broker, path: string): Mailbox {
  const mailbox = mailboxAt(broker, path);
  if (mailbox.kind !== 'subscription')
    throw new BrokerError('not-allowed', `'${mailbox.path}' has no rules: only subscriptions have.`);
  return mailbox;
}
