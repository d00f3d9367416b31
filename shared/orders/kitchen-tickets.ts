// What a kitchen has to make: tickets point at orders, and the orders say what stands in them.
import type { Order } from './order.ts';

export interface KitchenTicket {
  readonly orderId: string;
  readonly paidAt: string;
}

export interface TicketPage {
  readonly items: readonly KitchenTicket[];
  readonly continuation?: string;
}

/** All throw AppError storage-unavailable while the store does not answer. */
export interface KitchenTickets {
  /** One that is there already is there once. */
  put(storeId: string, ticket: KitchenTicket): Promise<void>;
  /** One that is gone already is none to complain of. */
  remove(storeId: string, ticket: KitchenTicket): Promise<void>;
  /** In the order of payment. @throws AppError invalid-request for a continuation of unknown form */
  list(
    storeId: string,
    page: { readonly limit: number; readonly continuation?: string | undefined },
  ): Promise<TicketPage>;
}

/** The ticket of an order a kitchen makes; undefined for every other. */
export const ticketOf = ({
  orderId,
  paidAt,
  storeId,
}: Order): { storeId: string; ticket: KitchenTicket } | undefined =>
  storeId === undefined || paidAt === undefined ? undefined : { storeId, ticket: { orderId, paidAt } };
