// An SDK is loaded by the first call that needs it: all of them together are half of a host's start.

/** The function `create` makes, made by its first call. */
export function whenNeeded<Arguments extends unknown[], Result>(
  create: () => Promise<(...args: Arguments) => Promise<Result>>,
): (...args: Arguments) => Promise<Result> {
  let created: Promise<(...args: Arguments) => Promise<Result>> | undefined;
  return async (...args) => {
    created ??= create();
    const made = await created;
    return made(...args);
  };
}
