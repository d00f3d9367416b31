// The carrier's HTTP API. Arranging is idempotent by the order's key.
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import type { Carrier } from '../shipping/carrier.ts';
import type { Guard } from './resilience/guard.ts';

const shipmentSchema = z.object({ shipmentId: z.string(), trackingId: z.string() });
const collectedSchema = z.object({ driver: z.string() });

interface Answered {
  readonly status: number;
  readonly text: string;
}

export function httpCarrier(url: string, guard: Guard): Carrier {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> =>
    guard.run((signal) => ask(`${url}${path}`, body, headers, signal));
  return {
    arrange: async ({ orderId, parcels, to }) => {
      const answered = await post('/shipments', { reference: orderId, parcels, to }, { 'idempotency-key': orderId });
      // Looked at before the key is: what does not pass was never arranged.
      if (answered.status === 400) return { outcome: 'refused', reason: refusalOf(answered) };
      return { outcome: 'arranged', ...shipmentSchema.parse(accepted(answered)) };
    },
    cancel: async (shipmentId) => {
      accepted(await post(`/shipments/${encodeURIComponent(shipmentId)}/cancel`, {}));
    },
    collect: async (shipmentId) =>
      collectedSchema.parse(accepted(await post(`/shipments/${encodeURIComponent(shipmentId)}/collect`, {}))).driver,
  };
}

async function ask(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Answered> {
  const response = await answer(url, body, headers, signal);
  const { status } = response;
  if (status >= 500 || status === 429) {
    throw new AppError('carrier-unavailable', `The carrier answered ${status}`);
  }
  return { status, text: await response.text() };
}

/** In the carrier's own words, where it says why [RFC 9457]. */
const problemSchema = z.looseObject({ title: z.string(), detail: z.string().default('') });

function refusalOf({ status, text }: Answered): string {
  const problem = problemSchema.safeParse(parsed(text));
  const said = problem.success ? `${problem.data.title}. ${problem.data.detail}` : text;
  return `The carrier answered ${status}: ${said.trim()}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function accepted(answered: Answered): unknown {
  if (answered.status >= 300) throw new AppError('carrier-refused', refusalOf(answered));
  return JSON.parse(answered.text);
}

async function answer(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    });
  } catch (cause) {
    throw new AppError('carrier-unavailable', 'The carrier does not answer; the outcome is unknown', { cause });
  }
}
