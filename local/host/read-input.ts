// What each kind of input binding is to the host.
import type { Expand } from './binding-expressions.ts';
import type { Binding, TypedData } from './function-app.ts';

/** What a binding reads; undefined when there is no such thing. @throws the service's own error: the invocation fails with it */
export type ReadInput = (binding: Binding, expand: Expand) => Promise<TypedData | undefined>;
