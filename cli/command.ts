// What every command has in common: options by name, errors without a stack, exit codes: 0 done, 1 not done, 2 asked wrongly.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** Something that whoever runs the command can mend: told as it is, without a stack. */
export class CommandError extends Error {}

/** The command was called in a way it does not know. */
export class UsageError extends CommandError {}

/** Answers the exit code. */
type Command = (args: readonly string[]) => Promise<number>;

export async function runCommand(command: Command): Promise<void> {
  try {
    process.exitCode = await command(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** The command of these that the first argument names. */
export const oneOf =
  (commands: ReadonlyMap<string, Command>, usage: string): Command =>
  async ([name = '', ...args]) => {
    const command = commands.get(name);
    if (command !== undefined) return await command(args);
    if (name !== '--help') throw new UsageError(name === '' ? usage : `There is no ${name}\n${usage}`);
    console.log(usage);
    return 0;
  };

/** @throws UsageError that names what is unknown, with the usage */
export function readArguments<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O, usage: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}\n${usage}`);
  }
}

/** So many and no more. @throws UsageError */
export function only(positionals: readonly string[], count: number, usage: string): readonly string[] {
  if (positionals.length === count) return positionals;
  const extra = positionals[count];
  throw new UsageError(`${extra === undefined ? 'Name an id' : `What is ${extra}?`}\n${usage}`);
}

/** 1 to `most`. @throws UsageError */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new UsageError(`--${option} ${text}: give a whole number from 1 to ${most}`);
  return value;
}
