import { describe, expect, it } from 'vitest';
import { createLog, isColoured, minimumLevelOf } from '../../../local/host/log.ts';

describe('log level', () => {
  const logLevel = {
    default: 'Warning',
    Function: 'Information',
    'Function.noisy': 'None',
    'Function.deep.User': 'Trace',
  };

  it.each([
    ['Host.General', 'warning'],
    ['Function.other', 'information'],
    ['Function.noisy.User', 'none'],
    ['Function.deep', 'information'],
    ['Function.deep.User', 'trace'],
    ['Function.noisyNot', 'information'],
  ])('of %s is %s', (category, level) => {
    expect(minimumLevelOf(logLevel, category)).toBe(level);
  });

  it('is information where host.json says nothing', () => {
    expect(minimumLevelOf({}, 'Host.General')).toBe('information');
  });
});

describe('log', () => {
  const now = () => new Date('2026-01-01T00:00:00Z');
  const call = { functionName: 'f', invocationId: 'i-1' };
  const linesOf = (options: { json?: boolean; coloured?: boolean; logLevel?: Record<string, string> }) => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const log = createLog({ json: false, coloured: false, logLevel: {}, ...options, write, now });
    log('information', 'started');
    log('debug', 'dropped');
    log('information', "Executing 'Functions.f' (Id=i-1)", call);
    log('warning', 'hello', { ...call, category: 'Function.f.User' });
    return lines;
  };

  it("prints func's lines, those of a call with its id", () => {
    expect(linesOf({})).toEqual([
      '[2026-01-01T00:00:00.000Z] started\n',
      "[2026-01-01T00:00:00.000Z] Executing 'Functions.f' (Id=i-1)\n",
      '[2026-01-01T00:00:00.000Z] hello (Id=i-1)\n',
    ]);
  });

  it('drops what host.json does not want of a category', () => {
    const lines = linesOf({ logLevel: { 'Function.f': 'None', 'Function.f.User': 'Warning', Host: 'Error' } });
    expect(lines).toEqual(['[2026-01-01T00:00:00.000Z] hello (Id=i-1)\n']);
  });

  it('prints one JSON object a line', () => {
    const time = '2026-01-01T00:00:00.000Z';
    expect(linesOf({ json: true }).map((line) => JSON.parse(line) as unknown)).toEqual([
      { time, level: 'information', category: 'Host.General', message: 'started' },
      { time, level: 'information', category: 'Function.f', message: "Executing 'Functions.f' (Id=i-1)", ...call },
      { time, level: 'warning', category: 'Function.f.User', message: 'hello', ...call },
    ]);
  });

  it('shows the level by a colour in a terminal', () => {
    const [plain = '', , warning = ''] = linesOf({ coloured: true });
    expect(plain).toContain(' started');
    expect(warning).toContain('\u001B[33mhello\u001B[0m');
  });

  it.each([
    [{ isTTY: true }, undefined, true],
    [{ isTTY: true }, '1', false],
    [{}, undefined, false],
  ])('for %j with NO_COLOR %s is coloured: %s', (stream, noColor, coloured) => {
    expect(isColoured(stream, noColor)).toBe(coloured);
  });
});
