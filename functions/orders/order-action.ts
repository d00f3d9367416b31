// A POST that asks something of an order, such as cancel: which order, by which Idempotency-Key, and the answer they have in common.
import type { HttpHandler, HttpRequest, InvocationContext } from '@azure/functions';
import { httpEndpoint, readBounded } from '../../shared/adapters/functions/http-endpoint.ts';
import { readIdempotencyClaim } from '../../shared/adapters/functions/idempotency-key.ts';
import type { Order } from '../../shared/orders/order.ts';
import type { OrderClaim } from '../../shared/orders/order-claim.ts';
import { toOrderId } from '../../shared/orders/read-order.ts';
import { orderLinks } from './order-links.ts';

/** An action needs no body; what comes nevertheless is part of the request. */
const bodyLimitBytes = 16 * 1024;

/**
 * The handler of POST /orders/{orderId}/<operation>: 202 with the order's status as the action left it. With an Idempotency-Key a
 * repeat gets the same answer, also when the order has moved on.
 */
export const orderAction = (
  operation: string,
  act: (orderId: string, claim: OrderClaim | undefined, context: InvocationContext) => Promise<Order>,
): HttpHandler =>
  httpEndpoint(async (request, context) => {
    const orderId = toOrderId(request.params['orderId']);
    const claim = readOrderClaim(request, await readBounded(request, bodyLimitBytes), operation);
    const { status } = await act(orderId, claim, context);
    const links = orderLinks(orderId);
    return { status: 202, headers: { location: links.self }, jsonBody: { orderId, status, links } };
  });

/** The claim of a request on one order. @throws AppError invalid-request */
export function readOrderClaim(request: HttpRequest, bytes: Uint8Array, operation: string): OrderClaim | undefined {
  const claim = readIdempotencyClaim(request, bytes);
  return claim && { ...claim, operation };
}
