export const orderLinks = (orderId: string): { readonly self: string; readonly events: string } => ({
  self: `/api/v1/orders/${orderId}`,
  events: `/api/v1/orders/${orderId}/events`,
});
