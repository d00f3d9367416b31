// The end of an import: the summary is mailed, once however often this runs, and the sales are removed. Of one that gave up the operator
// hears as well.
import { app as durable } from 'durable-functions';
import { activity } from '../../shared/adapters/functions/activity.ts';
import { settings } from '../../shared/adapters/environment.ts';
import { addRejections } from '../../shared/imports/sales-file.ts';
import { fileName, type ReportInput, readSales, salesImportRun } from '../../shared/imports/sales-import.ts';
import { salesImportSummary } from '../../shared/mail/sales-import-summary.ts';

durable.activity(salesImportRun.report, {
  handler: activity(
    async (report: ReportInput, context) => {
      const { importFiles } = await import('./ports.ts');
      const { mailer } = await import('../mail/ports.ts');
      const { repeated, rejected } = await readSales(importFiles, report);
      const { OPERATOR_EMAIL: operator } = settings();
      const { importId, tillId, fileId, tally, gaveUp, sales } = report;
      const told = { importId, tillId, fileId, repeated, placed: tally.placed };
      const left = sales - tally.placed - tally.rejected.count;
      const summary = {
        ...told,
        rejected: addRejections(rejected, tally.rejected),
        ...(gaveUp === undefined ? {} : { gaveUp: { left, detail: gaveUp } }),
      };
      const readers = new Set([report.replyTo ?? operator, ...(gaveUp === undefined ? [] : [operator])]);
      for (const to of readers) if (to) await mailer.send(salesImportSummary(summary, to));
      if (gaveUp !== undefined) context.error(`import ${importId} of ${tillId}/${fileId} gave up: ${gaveUp}`);
      await importFiles.remove(fileName(report));
      return 'reported';
    },
    // Without its sales it has run before, and its answer was lost.
    { done: 'reported', declined: 'reported', failed: (detail) => detail },
  ),
});
