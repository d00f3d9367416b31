/** Of the SDKs that speak AMQP: who sends has a caller who waits, and an outbox, a scheduled copy or a device's repeat to fall back on. */
export const retryOptions = { maxRetries: 1, timeoutInMs: 5_000, retryDelayInMs: 500 };
