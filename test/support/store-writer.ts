// A process that writes to a store until it is killed: commit i holds the rows left/i and right/i, and its number
// goes to standard output once it is acknowledged.
import { openStore } from '../../local/store/store.ts';

const [directory = '', start = '0'] = process.argv.slice(2);
const store = await openStore({ directory });

async function write(first: number, step: number): Promise<void> {
  for (let index = first; ; index += step) {
    const key = String(index).padStart(9, '0');
    const value = new TextEncoder().encode(`value of ${index} `.repeat(40));
    await store.commit([
      { space: 'test.left', key, value },
      { space: 'test.right', key, value },
    ]);
    // On a pipe it is written before the call returns [Node, process I/O].
    process.stdout.write(`${index}\n`);
  }
}

const writers = 8;
await Promise.all(Array.from({ length: writers }, (_, index) => write(Number(start) + index, writers)));
