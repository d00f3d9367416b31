import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = `interface Line { readonly text: string }

export function fail({ text }: Line): never {
  throw Object.assign(new TypeError(text), { code: text });
}
`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-maps-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The stack of an error from the built file, in a process of its own: what it changes is the process's. */
function stackFrom(name: string, built: string, code = 'no'): string {
  writeFileSync(join(folder, name), built);
  const script = `import { mapStacks } from ${JSON.stringify(join(import.meta.dirname, '../../../local/host/source-maps.ts'))};
    import { fail } from ${JSON.stringify(join(folder, name))};
    mapStacks();
    try { fail({ text: '${code}' }); } catch (error) { process.stdout.write(error.stack); }`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

const build = (sourcemap: 'inline' | 'external') =>
  transformSync(source, { loader: 'ts', minify: true, sourcemap, sourcefile: 'line.ts' });

describe('the stack of an error', () => {
  it('has the line of the source by a map beside the file', () => {
    const { code, map } = build('external');
    writeFileSync(join(folder, 'beside.mjs.map'), map);
    const stack = stackFrom('beside.mjs', `${code}//# sourceMappingURL=beside.mjs.map\n`);
    expect(stack).toContain(`TypeError: no\n    at fail (${join(folder, 'line.ts')}:4:23)`);
  });

  it('has the line of the source by a map inside the file', () => {
    expect(stackFrom('inside.mjs', build('inline').code)).toContain(`${join(folder, 'line.ts')}:4:`);
  });

  it('has the line of the file where its map is missing or broken', () => {
    const { code } = build('external');
    expect(stackFrom('missing.mjs', `${code}//# sourceMappingURL=nowhere.map\n`)).toContain('missing.mjs:1:');
    writeFileSync(join(folder, 'broken.map'), '{');
    expect(stackFrom('broken.mjs', `${code}//# sourceMappingURL=broken.map\n`)).toContain('broken.mjs:1:');
  });

  it("names the code of node's own errors", () => {
    expect(stackFrom('code.mjs', build('external').code, 'ERR_OWN')).toMatch(/^TypeError \[ERR_OWN\]: ERR_OWN\n/);
  });
});
