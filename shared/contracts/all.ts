// Every message this system sends or reads. docs/messages.md and docs/asyncapi.json are made from this list.
import type { Contract } from './contract.ts';
import { salesImport } from './imports.ts';
import { alertCleared, alertRaised, operatorTaskRaised } from './operations.ts';
import { orderEvents } from './order-events.ts';
import { getOrderStatus, orderStatus, processOrder } from './orders.ts';
import { outboxHint } from './outbox.ts';
import { problem } from './problem.ts';
import { reading } from './telemetry.ts';
import { encodeChunk, processVideo, videoReady } from './videos.ts';
import { callWebhook } from './webhooks.ts';

export const allContracts: readonly Contract[] = [
  processOrder,
  ...Object.values(orderEvents),
  getOrderStatus,
  orderStatus,
  problem,
  processVideo,
  encodeChunk,
  videoReady,
  reading,
  salesImport,
  operatorTaskRaised,
  alertRaised,
  alertCleared,
  callWebhook,
  outboxHint,
];
