// The end of an import: the summary is mailed, once however often this runs, and the sales are removed.
import { app as durable } from 'durable-functions';
import { activity } from '../../shared/adapters/functions/activity.ts';
import { settings } from '../../shared/adapters/environment.ts';
import { addRejections } from '../../shared/imports/sales-file.ts';
import { fileName, type ReportInput, readSales, salesImportRun } from '../../shared/imports/sales-import.ts';
import { salesImportSummary } from '../../shared/mail/sales-import-summary.ts';

durable.activity(salesImportRun.report, {
  handler: activity(
    async (report: ReportInput) => {
      const { importFiles } = await import('./ports.ts');
      const { mailer } = await import('../mail/ports.ts');
      const { repeated, rejected } = await readSales(importFiles, report);
      const { importId, tillId, fileId, tally } = report;
      const told = { importId, tillId, fileId, repeated, placed: tally.placed };
      const to = report.replyTo ?? settings().OPERATOR_EMAIL;
      if (to) await mailer.send(salesImportSummary({ ...told, rejected: addRejections(rejected, tally.rejected) }, to));
      await importFiles.remove(fileName(report));
      return 'reported';
    },
    // Without its sales it has run before, and its answer was lost.
    { done: 'reported', declined: 'reported', failed: (detail) => detail },
  ),
});
