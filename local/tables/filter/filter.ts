// A $filter as data, and whether an entity meets it.
// https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities
import { compareEdm, type EdmValue } from '../edm.ts';
import type { Entity } from '../entity.ts';

export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

export type Filter =
  | { readonly kind: 'compare'; readonly property: string; readonly operator: Operator; readonly literal: EdmValue }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | { readonly kind: 'constant'; readonly value: boolean };

/** What a filter looks at: the value of a property, or undefined where there is none. */
export type ReadProperty = (name: string) => EdmValue | undefined;

export function propertyOf(entity: Entity): ReadProperty {
  return (name) => {
    if (name === 'PartitionKey') return { type: 'Edm.String', value: entity.partitionKey };
    if (name === 'RowKey') return { type: 'Edm.String', value: entity.rowKey };
    if (name === 'Timestamp') return { type: 'Edm.DateTime', value: entity.timestamp };
    return entity.properties.get(name);
  };
}

/** A comparison with a property that is not there, or of another type, is false, `ne` included. */
export function meets(filter: Filter, read: ReadProperty): boolean {
  switch (filter.kind) {
    case 'constant':
      return filter.value;
    case 'not':
      return !meets(filter.operand, read);
    case 'and':
      return filter.operands.every((operand) => meets(operand, read));
    case 'or':
      return filter.operands.some((operand) => meets(operand, read));
    case 'compare': {
      const value = read(filter.property);
      const order = value && compareEdm(value, filter.literal);
      return order !== undefined && holds(filter.operator, order);
    }
  }
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
  }
}
