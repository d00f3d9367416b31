import { z } from 'zod';

/** The query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  continuation: z.string().min(1).max(4096).optional().describe('from the page before'),
};
