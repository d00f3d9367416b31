export interface ShipmentRequest {
  readonly orderId: string;
  readonly parcels: readonly { readonly sku: string; readonly quantity: number }[];
  readonly to: {
    readonly name: string;
    readonly line1: string;
    readonly city: string;
    readonly postalCode: string;
    readonly country: string;
  };
}

/** `refused`: the carrier does not take the order as it stands, and never did. */
export type Arrangement =
  | { readonly outcome: 'arranged'; readonly shipmentId: string; readonly trackingId: string }
  | { readonly outcome: 'refused'; readonly reason: string };

/** Idempotent by order, like the payment provider. Throws AppError carrier-unavailable or carrier-refused. */
export interface Carrier {
  arrange(request: ShipmentRequest): Promise<Arrangement>;
  /** Calls the shipment off; twice is once. */
  cancel(shipmentId: string): Promise<void>;
  /** Has the shipment collected; answers who drives, the same however often it is asked. */
  collect(shipmentId: string): Promise<string>;
}
