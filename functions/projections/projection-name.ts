import { AppError } from '../../shared/kernel/errors.ts';
import { type ProjectionName, projectionNames } from '../../shared/projections/projection.ts';

/** @throws AppError projection-not-found */
export function toProjectionName(text: string | undefined): ProjectionName {
  const name = projectionNames.find((each) => each === text);
  if (name === undefined) throw new AppError('projection-not-found', `There are ${projectionNames.join(' and ')}`);
  return name;
}
