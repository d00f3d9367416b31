// The command `millrace`: reads its options, runs the supervisor until a signal, says where everything is.
import { startFailure } from './child-side.ts';
import { type Options, type Ports, parseCommandLine } from './options.ts';
import { createSupervisor, keysFile } from './supervisor.ts';

/** Runs until SIGINT, SIGTERM or SIGHUP; exits 0 when it was asked to end, 1 when it could not start. */
export async function main(args: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(args);
  if (commandLine.kind === 'help') return print(commandLine.text);
  if (commandLine.kind === 'refused') {
    process.stderr.write(`${commandLine.message}\n`);
    process.exit(1);
  }
  const { options } = commandLine;
  const supervisor = createSupervisor(options, print);
  let exitCode: number | undefined;
  const end = async (code: number) => {
    if (exitCode !== undefined) return;
    exitCode = code;
    await supervisor.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  // A reader of our lines that goes away (`npm start | head`) does not end the processes.
  process.stdout.on('error', () => {});
  try {
    const ports = await supervisor.start();
    if (exitCode === undefined) print(welcome(options, ports));
  } catch (error) {
    // A start that a signal interrupted is no failure.
    if (exitCode === undefined) process.stderr.write(`${startFailure(error, options.ports).message}\n`);
    await end(1);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const at = (port: number) => `http://127.0.0.1:${port}`;

/** Where everything is; its last line is for those who wait for it. */
function welcome(options: Options, ports: Ports): string {
  const base = at(options.hosts > 0 ? ports.front : ports.services);
  const addresses = [
    ...(options.hosts > 0 ? [['Console', base] as const, ['API', `${base}/api`] as const] : []),
    ['Sent mail', `${base}/local/mail`] as const,
    ['Payments', `${base}/local/payments`] as const,
    ['Events', `${base}/local/events`] as const,
    ['Messaging', `sb://localhost:${ports.amqp} (Service Bus and Event Hubs, AMQP 1.0)`] as const,
    ['Blobs', `${at(ports.blob)}/devstoreaccount1`] as const,
    ['Queues', `${at(ports.queue)}/devstoreaccount1`] as const,
    ['Tables', `${at(ports.table)}/devstoreaccount1`] as const,
    ['Data', options.ephemeral ? 'in memory, gone at the end' : options.data] as const,
  ];
  return [
    '',
    ...addresses.map(([what, where]) => `  ${what.padEnd(12)} ${where}`),
    '',
    options.auth
      ? `Functions demand the keys in ${keysFile(options.data)}; the rest runs without sign-in.`
      : 'It runs without sign-in: everyone on this machine may do everything.',
    `Ready: ${base}`,
  ].join('\n');
}
