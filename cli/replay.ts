// npm run replay -- --projection orders-by-customer|daily-sales [--from <time>]   builds it anew, or catches up from a time on
// npm run replay -- --order <id> [--from sequence:<n>|offset:<n>|<time>]          one order from the hub alone
// Both take --url, where the app answers (http://127.0.0.1:7071).
import { appFrom, appOptions } from './ask.ts';
import { readArguments, runCommand, UsageError } from './command.ts';
import { replayProjection } from './replay-projection.ts';
import { useLocalSettings } from './settings.ts';

const usage =
  'npm run replay -- --projection <orders-by-customer|daily-sales> [--from <time>] | --order <id> [--from <sequence:n|offset:n|time>]';

const text = { type: 'string' } as const;

await runCommand(async (args) => {
  const { values, positionals } = readArguments(
    args,
    { projection: text, order: text, from: text, ...appOptions },
    usage,
  );
  const { projection, order, from } = values;
  if ((projection === undefined) === (order === undefined) || positionals.length > 0)
    throw new UsageError(`Say what to replay: --projection or --order\n${usage}`);
  const app = appFrom(values);
  useLocalSettings();
  if (order !== undefined) {
    // The SDKs take a while to load, and only this one needs them.
    const { replayOrder } = await import('./replay-order.ts');
    return (await replayOrder(app, order, from)) ? 0 : 1;
  }
  if (projection !== undefined) await replayProjection(app, projection, from);
  return 0;
});
