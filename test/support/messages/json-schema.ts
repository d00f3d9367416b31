// A contract's data as JSON Schema, and its fields as rows of a table. Pure.
import { z } from 'zod';

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** As a sender has to write it. A format says what zod's patterns of it say, and can be read. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'uuid' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return rest as JsonSchema;
}

export interface Field {
  /** `items[].sku` */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly doc: string;
}

function typeOf({ type, format, enum: values, const: value, anyOf, items }: JsonSchema): string {
  if (values !== undefined) return values.map((one) => JSON.stringify(one)).join(' or ');
  if (value !== undefined) return JSON.stringify(value);
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (items !== undefined) return `array of ${typeOf(items)}`;
  return format ?? type ?? 'anything';
}

/** Every field, nested ones after the one they are in. */
export function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix + name;
    const isRequired = schema.required?.includes(name) ?? false;
    const field = { path, type: typeOf(property), isRequired, doc: property.description ?? '' };
    const nested =
      property.items === undefined ? fieldsOf(property, `${path}.`) : fieldsOf(property.items, `${path}[].`);
    return [field, ...nested];
  });
}
