import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBlobPattern, splitBlobPath } from '../../../local/host/blob/blob-path.ts';

describe('the path of a blob trigger', () => {
  it.each([
    ['images/{name}', 'a/b.png', { name: 'a/b.png' }],
    ['images/{name}.{ext}', 'a.tar.gz', { name: 'a.tar', ext: 'gz' }],
    ['images/{folder}/{name}', 'a/b/c', { folder: 'a/b', name: 'c' }],
    ['images/original-{name}', 'original-1', { name: '1' }],
    ['images/{{20140101}}-{name}', '{20140101}-x', { name: 'x' }],
    ['images/a+(b).{ext}', 'a+(b).txt', { ext: 'txt' }],
    ['images', 'what/ever', {}],
    ['images/fixed.txt', 'fixed.txt', {}],
  ])('%s fits %s', (path, name, parameters) => {
    const pattern = parseBlobPattern(path);
    expect(pattern.container).toBe('images');
    expect(pattern.match(name)).toEqual(parameters);
  });

  it.each([
    ['images/{name}.png', 'a.jpg'],
    ['images/original-{name}', 'copy-1'],
    ['images/a.b', 'axb'],
    ['images/fixed.txt', 'sub/fixed.txt'],
  ])('%s does not fit %s', (path, name) => {
    expect(parseBlobPattern(path).match(name)).toBeUndefined();
  });

  it('takes any name for a single parameter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(parseBlobPattern('images/{name}').match(name)).toEqual({ name });
      }),
    );
  });

  it.each(['{container}/x', 'UPPER/x', '/x', 'ab/x'])('begins with a container: not %s', (path) => {
    expect(() => parseBlobPattern(path)).toThrow('must begin with the name of a container');
  });

  it('has its braces in pairs', () => {
    expect(() => parseBlobPattern('images/{name')).toThrow('a brace without another');
  });
});

describe('the path of a blob input or output', () => {
  it('is a container and a name', () => {
    expect(splitBlobPath('images/a/b.png')).toEqual({ container: 'images', name: 'a/b.png' });
  });

  it.each(['images', 'images/', '/a'])('names a blob: not %s', (path) => {
    expect(() => splitBlobPath(path)).toThrow('names no blob');
  });
});
