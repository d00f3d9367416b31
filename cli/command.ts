// What every command has in common: options by name, errors without a stack, exit codes: 0 done, 1 not done, 2 asked wrongly.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** Something that whoever runs the command can mend: told as it is, without a stack. */
export class CommandError extends Error {}

/** The command was called in a way it does not know. */
export class UsageError extends CommandError {}

/** @throws UsageError that names what is unknown, with the usage */
export function readArguments<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O, usage: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}\n${usage}`);
  }
}

/** `main` answers the exit code. */
export async function runCommand(main: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
