// What a topology in ARM's terms and a configuration of the official Service Bus emulator write alike, but with other defaults and words.
// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/queues
// https://github.com/Azure/azure-service-bus-emulator-installer/blob/main/ServiceBus-Emulator/Schema/Config-schema.json

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Azure's way to say never. */
export const foreverMs = 10_000_000 * dayMs;

interface DurationBounds {
  readonly minMs: number;
  readonly maxMs: number;
  readonly byDefaultMs: number;
}

export interface ServiceBusDialect {
  readonly lockDuration: DurationBounds;
  readonly duplicateDetection: DurationBounds;
  readonly timeToLive: DurationBounds;
  readonly maxDeliveryCount: { readonly min: number; readonly max: number; readonly byDefault: number };
  /** How a rule says which kind of filter it has. */
  readonly filterTypes: { readonly sql: string; readonly correlation: string };
}

export const arm: ServiceBusDialect = {
  lockDuration: { minMs: 1000, maxMs: 5 * minuteMs, byDefaultMs: minuteMs },
  duplicateDetection: { minMs: 20_000, maxMs: 7 * dayMs, byDefaultMs: 10 * minuteMs },
  timeToLive: { minMs: 1000, maxMs: Number.POSITIVE_INFINITY, byDefaultMs: foreverMs },
  maxDeliveryCount: { min: 1, max: 2000, byDefault: 10 },
  filterTypes: { sql: 'SqlFilter', correlation: 'CorrelationFilter' },
};

/** Its defaults, but Azure's upper bounds: its own (an hour to live, 10 deliveries) are not kept. */
export const emulator: ServiceBusDialect = {
  ...arm,
  duplicateDetection: { minMs: 5000, maxMs: 7 * dayMs, byDefaultMs: 20_000 },
  timeToLive: { ...arm.timeToLive, byDefaultMs: hourMs },
  maxDeliveryCount: { ...arm.maxDeliveryCount, byDefault: 3 },
  filterTypes: { sql: 'Sql', correlation: 'Correlation' },
};
