// Lines on their way to standard output, where each write of its own costs as much as a short call. The first line of a turn of
// the event loop is written at once: a call that never lets go of the process has been named by then. The others follow together
// at the turn's end, or before whatever the app itself prints.

/** @param stream writes at once, so that nothing is lost when the process exits; what others write to it keeps its place */
export function writeByTurns(stream: Pick<NodeJS.WriteStream, 'write'>): (line: string) => void {
  const write = stream.write.bind(stream);
  let waiting: string | undefined;
  let isEnding = false;
  const flush = (): void => {
    if (waiting) write(waiting);
    waiting = '';
  };
  const endTurn = (): void => {
    flush();
    waiting = undefined;
  };
  process.once('exit', () => {
    isEnding = true;
    endTurn();
  });
  stream.write = (...what: unknown[]): boolean => {
    if (waiting !== undefined) flush();
    return Reflect.apply(write, stream, what) as boolean;
  };
  return (line) => {
    if (waiting !== undefined) waiting += line;
    else {
      write(line);
      if (isEnding) return;
      waiting = '';
      setImmediate(endTurn);
    }
  };
}
