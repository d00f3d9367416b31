// GET /sales/daily?from=&to=&sku= → { items: [{ day, sku, units, revenue: { amountMinor, currency } }] }: UTC days, `from` inclusive,
// `to` exclusive, by default the last 30 days and today. What went back is taken off on the day it went back.
import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { dayOf, daysBetween, mostDays } from '../../shared/sales/daily-sales.ts';
import { skuSchema } from '../../shared/orders/place-order.ts';

const query = z.object({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  sku: skuSchema.optional(),
});
const dayMs = 86_400_000;
const shift = (day: string, days: number): string => dayOf(new Date(Date.parse(day) + days * dayMs).toISOString());

app.http('listDailySales', {
  route: 'v1/sales/daily',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { from, to = shift(dayOf(new Date().toISOString()), 1), sku } = readQuery(request, query);
    const days = daysBetween(from ?? shift(to, -31), to);
    if (days.length > mostDays) {
      const detail = `at most ${mostDays} days at once`;
      const errors = [{ pointer: 'from', code: 'too_big', detail }];
      throw new AppError('invalid-request', `The query asks for more than ${mostDays} days`, { errors });
    }
    const { projections, dailySales } = await import('../projections/ports.ts');
    const { live } = await projections.read('daily-sales');
    return { jsonBody: { items: await dailySales.list(live, days, sku) } };
  }),
});
