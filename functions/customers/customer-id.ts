import type { HttpRequest } from '@azure/functions';
import { AppError } from '../../shared/kernel/errors.ts';
import { customerIdSchema } from '../../shared/orders/place-order.ts';

export const customerNotFound = (): AppError =>
  new AppError('customer-not-found', 'Nothing is stored of a customer of this id');

/** An id no order takes names nobody. @throws AppError customer-not-found */
export function readCustomerId(request: HttpRequest): string {
  const { data } = customerIdSchema.safeParse(request.params['customerId']);
  if (data === undefined) throw customerNotFound();
  return data;
}
