import { describe, expect, it } from 'vitest';
import { createLog, minimumLevelOf } from '../../../local/host/log.ts';

describe('log level', () => {
  const logLevel = {
    default: 'Warning',
    Function: 'Information',
    'Function.noisy': 'None',
    'Function.deep.User': 'Trace',
  };

  it.each([
    [undefined, 'warning'],
    ['other', 'information'],
    ['noisy', 'none'],
    ['deep', 'trace'],
    ['noisyNot', 'information'],
  ])('of %s is %s', (name, level) => {
    expect(minimumLevelOf(logLevel, name)).toBe(level);
  });

  it('is information where host.json says nothing', () => {
    expect(minimumLevelOf({}, undefined)).toBe('information');
  });
});

describe('log', () => {
  const now = () => new Date('2026-01-01T00:00:00Z');
  const linesOf = (json: boolean) => {
    const lines: string[] = [];
    const log = createLog({ json, minimumLevel: () => 'information', write: (line) => lines.push(line), now });
    log('information', 'hello', { functionName: 'f', invocationId: 'i' });
    log('debug', 'dropped');
    return lines;
  };

  it("prints func's lines", () => {
    expect(linesOf(false)).toEqual(['[2026-01-01T00:00:00.000Z] hello\n']);
  });

  it('prints one JSON object a line', () => {
    expect(linesOf(true).map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        time: '2026-01-01T00:00:00.000Z',
        level: 'information',
        message: 'hello',
        functionName: 'f',
        invocationId: 'i',
      },
    ]);
  });
});
