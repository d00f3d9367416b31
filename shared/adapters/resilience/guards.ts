import { createGuards } from './guard.ts';

/** The guards of this process: no call to a dependency goes without. */
export const guards = createGuards();
