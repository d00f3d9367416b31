// The tree of an SQL filter, and the statements of an SQL action.

export type SqlValue = string | number | bigint | boolean | Date | null;
export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

export interface PropertyName {
  readonly kind: 'property';
  /** `user` when none is written. */
  readonly scope: 'user' | 'sys';
  readonly name: string;
}

export type Expression =
  | { readonly kind: 'literal'; readonly value: SqlValue }
  | PropertyName
  | { readonly kind: 'new-id' }
  /** `property(name)`: the property of the name that an expression gives. */
  | { readonly kind: 'property-named'; readonly name: Expression }
  | { readonly kind: 'negative'; readonly operand: Expression }
  | {
      readonly kind: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'is-null'; readonly property: PropertyName }
  | { readonly kind: 'exists'; readonly property: PropertyName }
  | { readonly kind: 'in'; readonly operand: Expression; readonly choices: readonly Expression[] }
  | {
      readonly kind: 'like';
      readonly operand: Expression;
      readonly pattern: Expression;
      readonly escape: Expression | undefined;
    };

export type Statement =
  | { readonly kind: 'set'; readonly property: PropertyName; readonly value: Expression }
  | { readonly kind: 'remove'; readonly property: PropertyName };
