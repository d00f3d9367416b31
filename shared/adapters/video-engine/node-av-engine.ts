// The video engine on node-av, in a child process a job: native code that crashes, hangs or eats memory takes nothing with it.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../kernel/errors.ts';
import type { EngineAnswer, OnSegment, VideoEngine, VideoSource } from '../../videos/video-engine.ts';
import { turnstile } from './turnstile.ts';
import type { Ask, ChildJob, FromChild, ToChild } from './protocol.ts';

interface Limits {
  /** Address space of the child; its pictures live outside of V8's heap. */
  readonly memoryBytes: number;
  readonly timeMs: number;
}

const gibibyte = 1024 ** 3;
const defaultLimits = {
  quick: { memoryBytes: 2.5 * gibibyte, timeMs: 60_000 },
  encode: { memoryBytes: 4 * gibibyte, timeMs: 8 * 60_000 },
};
/** A child that hangs does not hear that its parent is gone: it ends once this many cores' time is spent. */
const coresCounted = 4;
/** So much of what the child complained of is kept for the log. */
const complaintLimit = 1_000;
/** How long an encode waits for the one before it, before its message is put off. */
const turnMs = 30_000;

/** Built beside the bundle: the child is JavaScript, for Node's own compiler of types needs more memory than its limit. */
const builtChild = fileURLToPath(new URL('./video-child.js', import.meta.url));

/** `limits`: of a probe or pictures, and of an encode. Who exceeds them is killed, and the film rejected as took-too-long. */
export function nodeAvEngine(
  childFile = builtChild,
  limits: Readonly<Record<'quick' | 'encode', Limits>> = defaultLimits,
): VideoEngine {
  const turns = turnstile(turnMs);
  const none: OnSegment = async () => {};
  const run = <T>(source: VideoSource, job: ChildJob, onSegment: OnSegment, limit: Limits): Promise<EngineAnswer<T>> =>
    runChild(startChild(childFile, limit), source, job, onSegment, limit);
  const encode = async <T>(source: VideoSource, job: ChildJob, onSegment: OnSegment): Promise<EngineAnswer<T>> => {
    using _turn = await turns.enter();
    return await run<T>(source, job, onSegment, limits.encode);
  };
  return {
    probe: (source) => run(source, { kind: 'probe' }, none, limits.quick),
    encodeVideo: (source, job, onSegment) => encode(source, { kind: 'video', ...job }, onSegment),
    encodeAudio: (source, job, onSegment) => encode(source, { kind: 'audio', ...job }, onSegment),
    takePictures: (source, job) => run(source, { kind: 'pictures', ...job }, none, limits.quick),
  };
}

async function runChild<T>(
  child: ChildProcess,
  source: VideoSource,
  job: ChildJob,
  onSegment: OnSegment,
  limits: Limits,
): Promise<EngineAnswer<T>> {
  try {
    return await new Promise<EngineAnswer<T>>((resolve, reject) => {
      const late: EngineAnswer<T> = { outcome: 'rejected', reason: 'took-too-long', detail: tooLate(job, limits) };
      const timer = setTimeout(() => resolve(late), limits.timeMs);
      child.once('close', () => clearTimeout(timer));
      child.once('error', (cause) => reject(failed(job, 'could not be started', cause)));
      let complaint = '';
      child.stderr
        ?.setEncoding('utf8')
        .on('data', (text: string) => (complaint = (complaint + text).slice(-complaintLimit)));
      child.once('close', (code, signal) => reject(failed(job, `ended by ${signal ?? code} ${complaint}`)));
      child.on('message', (said: FromChild) => {
        if (said.type === 'end') resolve(said.answer as EngineAnswer<T>);
        else if (said.type === 'failed') reject(failed(job, said.detail));
        else
          answer(source, said.ask, onSegment).then(
            (bytes) => tell(child, { type: 'answer', id: said.id, ...bytes }),
            reject,
          );
      });
      tell(child, { type: 'job', job, sizeBytes: source.sizeBytes });
    });
  } finally {
    kill(child);
  }
}

async function answer(source: VideoSource, ask: Ask, onSegment: OnSegment): Promise<{ bytes?: Uint8Array }> {
  if (ask.type === 'read') return { bytes: await source.read(ask.offset, ask.sizeBytes) };
  await onSegment(ask.segment);
  return {};
}

/** A child that has ended meanwhile needs no answer: its end is what counts. */
function tell(child: ChildProcess, said: ToChild): void {
  if (child.connected) child.send(said, () => {});
}

/** A process group of its own, so that nothing it starts outlives it, under limits that node cannot set for itself. */
function startChild(childFile: string, { memoryBytes, timeMs }: Limits): ChildProcess {
  const cpuSeconds = Math.ceil((timeMs / 1000) * coresCounted);
  const limited = `ulimit -c 0; ulimit -t ${cpuSeconds}; ulimit -v ${memoryBytes / 1024}; exec "$0" "$@"`;
  return fork(childFile, [], {
    execPath: '/bin/sh',
    execArgv: ['-c', limited, process.execPath, '--max-old-space-size=256'],
    env: { PATH: process.env['PATH'] },
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const tooLate = ({ kind }: ChildJob, { timeMs }: Limits): string =>
  `The film could not be worked through within ${timeMs / 1000} s (${kind})`;

const failed = ({ kind }: ChildJob, detail: string, cause?: unknown): AppError =>
  new AppError('encoder-failed', `The video child failed (${kind}): ${detail}`, { cause });
