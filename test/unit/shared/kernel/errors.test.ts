import { expect, test } from 'vitest';
import { AppError, type ErrorCode, errorRegistry, toAppError } from '../../../../shared/kernel/errors.ts';
import { toProblem } from '../../../../shared/kernel/problem.ts';
import { parseWith } from '../../../../shared/kernel/schema.ts';
import { z } from 'zod';

test.each(Object.keys(errorRegistry) as ErrorCode[])('%s has the status its kind asks for', (code) => {
  const { kind, status } = errorRegistry[code];
  const allowed = {
    'invalid-input': [400, 413, 415, 422],
    'not-found': [404],
    conflict: [409],
    rejected: [422],
    transient: [503],
    permanent: [500],
    unknown: [500],
  };
  expect(allowed[kind]).toContain(status);
});

test('a problem of ours tells the code and an id and keeps its detail to the log', () => {
  const problem = toProblem(toAppError(new Error('password=hunter2')), 'abc');
  expect(problem).toMatchObject({ status: 500, code: 'internal-error', instance: 'urn:uuid:abc' });
  expect(JSON.stringify(problem)).not.toContain('hunter2');
});

test('a problem of the caller tells what to do', () => {
  expect(toProblem(new AppError('product-not-found', 'GET /products lists what there is'), 'abc').detail).toBe(
    'GET /products lists what there is',
  );
});

test('faults of the input are pointed at, with the characters of a pointer escaped', () => {
  const schema = z.object({ 'a/b': z.object({ 'c~d': z.number() }) });
  expect(() => parseWith(schema, { 'a/b': { 'c~d': 'x' } }, 'invalid-request', 'The body')).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/a~1b/c~0d' })] }),
  );
});

test('a body of ten thousand faults lists the first twenty', () => {
  const body = Array.from({ length: 10_000 }, () => 'x');
  expect(() => parseWith(z.array(z.number()), body, 'invalid-request', 'The body')).toThrow(
    expect.objectContaining({ errors: expect.objectContaining({ length: 20 }) }),
  );
});
