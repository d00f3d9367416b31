// Writes what a rule's action has changed into a copy of the message. What is the same keeps its bytes or its AMQP type.
import rhea from 'rhea';
import type { RuleFields, SystemField } from '../broker/rules/rule-fields.ts';
import { readRuleFields, typedProperty } from './message-codec.ts';
import { propertyAt } from './property-positions.ts';
import { amqpWriter, type Typed, typedMap } from './rhea-internals.ts';
import { asBuffer, described, listAt, mapAt } from './section-values.ts';
import { findSections, sectionCodes } from './sections.ts';

const { types } = rhea;

export function writeRuleFields(raw: Uint8Array, fields: RuleFields): Buffer {
  const encoded = asBuffer(raw);
  const sections = findSections(encoded);
  const sent = readRuleFields(raw);
  const writer = amqpWriter();
  const properties = changedList(listAt(encoded, sections, sectionCodes.properties), sent, fields);
  writer.write(described(sectionCodes.properties, types.wrap_list(properties)));
  const map = changedMap(mapAt(encoded, sections, sectionCodes.applicationProperties), sent, fields);
  const items = Array.from(map).flatMap(([name, value]) => [types.wrap_string(name), value]);
  writer.write(described(sectionCodes.applicationProperties, typedMap(items)));
  const before = sections.filter(({ code }) => code < sectionCodes.properties).at(-1)?.end ?? 0;
  const after = sections.find(({ code }) => code > sectionCodes.applicationProperties)?.start ?? encoded.length;
  return Buffer.concat([encoded.subarray(0, before), writer.toBuffer(), encoded.subarray(after)]);
}

function changedList(list: readonly Typed[], sent: RuleFields, fields: RuleFields): (Typed | undefined)[] {
  const changed: (Typed | undefined)[] = [...list];
  for (const [name, at] of Object.entries(propertyAt)) {
    const text = fields[name as SystemField];
    if (text === sent[name as SystemField]) continue;
    while (changed.length <= at) changed.push(undefined);
    changed[at] = text === undefined ? undefined : typed(name, text);
  }
  return changed;
}

function changedMap(map: ReadonlyMap<string, Typed>, sent: RuleFields, fields: RuleFields): Map<string, Typed> {
  const changed = new Map<string, Typed>();
  for (const [name, value] of Object.entries(fields.properties)) {
    const kept = Object.is(value, sent.properties[name]) ? map.get(name) : undefined;
    changed.set(name, kept ?? typedProperty(value));
  }
  return changed;
}

function typed(name: string, text: string): Typed {
  return name === 'contentType' ? types.wrap_symbol(text) : types.wrap_string(text);
}
