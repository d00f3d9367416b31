// GET /health, for whoever watches the app (the Flex Consumption plan itself probes the host, not this). Storage and the broker, without
// which nothing can be accepted, are asked, by all callers together once in some seconds; of the others it tells the circuit, which
// the calls that were made have set. 503 only when nothing can be accepted: a dependency that is waited for is no reason to send
// callers away.
import { serviceBus } from '../shared/adapters/messaging/service-bus.ts';
import { app } from '@azure/functions';
import { httpEndpoint } from '../shared/adapters/functions/http-endpoint.ts';
import { guards } from '../shared/adapters/resilience/guards.ts';
import { summarise } from '../shared/adapters/resilience/health.ts';
import type { Dependency } from '../shared/adapters/resilience/limits.ts';
import { toAppError } from '../shared/kernel/errors.ts';
import { queues, storageQueues } from '../shared/kernel/topology.ts';

const limitMs = 3_000;
const freshForMs = 3_000;

const probes: Partial<Record<Dependency, () => Promise<unknown>>> = {
  storage: async () => {
    const { products } = await import('./products/ports.ts');
    const { storageQueue } = await import('../shared/adapters/messaging/storage-queue.ts');
    await Promise.all([products.list({ limit: 1 }), storageQueue(storageQueues.outboxHints).getProperties()]);
  },
  'service-bus': () =>
    guards['service-bus'].run(async (abortSignal) => {
      const receiver = (await serviceBus()).createReceiver(queues.newOrder);
      try {
        await receiver.peekMessages(1, { abortSignal });
      } finally {
        await receiver.close();
      }
    }),
};

/** What is wrong, undefined where the answer came in time. */
async function failureOf(probe: () => Promise<unknown>): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no answer within ${limitMs} ms`), limitMs);
  const asked = probe().then(
    () => undefined,
    (thrown: unknown) => toAppError(thrown).message,
  );
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

type Failures = Partial<Record<Dependency, string>>;

async function probeAll(): Promise<Failures> {
  const results = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await failureOf(probe)] as const),
  );
  return Object.fromEntries(results.filter(([, failure]) => failure !== undefined));
}

let latest: { readonly at: number; readonly failures: Promise<Failures> } | undefined;

app.http('health', {
  route: 'v1/health',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async () => {
    const now = Date.now();
    if (latest === undefined || now - latest.at >= freshForMs) latest = { at: now, failures: probeAll() };
    const failures = await latest.failures;
    const reports = Object.fromEntries(Object.entries(guards).map(([name, guard]) => [name, guard.report()]));
    const health = summarise(reports, failures);
    return {
      status: health.status === 'failed' ? 503 : 200,
      headers: { 'cache-control': 'no-store' },
      jsonBody: health,
    };
  }),
});
