// The fields of each performative that decide anything: rhea takes whatever stands in their place. [AMQP 1.0 §2.7]
import type { Typed } from 'rhea';
import { Violation } from './violation.ts';

type Kind = 'text' | 'count' | 'flag' | 'bytes' | 'any';

interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly isMandatory: boolean;
}

const maxUint = 2 ** 32 - 1;

/** In their order; a name with an exclamation mark is mandatory. */
const performatives = {
  open: ['container-id! text', 'hostname text', 'max-frame-size count', 'channel-max count', 'idle-time-out count'],
  begin: [
    'remote-channel count',
    'next-outgoing-id! count',
    'incoming-window! count',
    'outgoing-window! count',
    'handle-max count',
  ],
  attach: [
    'name! text',
    'handle! count',
    'role! flag',
    'snd-settle-mode count',
    'rcv-settle-mode count',
    'source any',
    'target any',
    'unsettled any',
    'incomplete-unsettled flag',
    'initial-delivery-count count',
  ],
  flow: [
    'next-incoming-id count',
    'incoming-window! count',
    'next-outgoing-id! count',
    'outgoing-window! count',
    'handle count',
    'delivery-count count',
    'link-credit count',
    'available count',
    'drain flag',
    'echo flag',
  ],
  transfer: [
    'handle! count',
    'delivery-id count',
    'delivery-tag bytes',
    'message-format count',
    'settled flag',
    'more flag',
    'rcv-settle-mode count',
    'state any',
    'resume flag',
    'aborted flag',
  ],
  disposition: ['role! flag', 'first! count', 'last count', 'settled flag', 'state any'],
  detach: ['handle! count', 'closed flag', 'error any'],
  end: ['error any'],
  close: ['error any'],
} as const;

export type PerformativeName = keyof typeof performatives;

export const performativeNames = Object.keys(performatives) as PerformativeName[];

const table = new Map<PerformativeName, readonly Field[]>(
  performativeNames.map((name) => [name, performatives[name].map(parseField)]),
);

const isOfKind: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  count: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxUint,
  flag: (value) => typeof value === 'boolean' || value === 0 || value === 1,
  bytes: (value) => Buffer.isBuffer(value),
  any: () => true,
};

/**
 * Fields that are null are left out afterwards, as if the peer had not sent them.
 * @throws Violation amqp:decode-error
 */
export function checkFields(name: PerformativeName, fields: (Typed | undefined)[]): void {
  if (!Array.isArray(fields)) throw new Violation('amqp:decode-error', `A frame's ${name} is not a list.`);
  table.get(name)?.forEach((field, index) => {
    const value: unknown = fields[index]?.value;
    if (value === null || value === undefined) {
      if (field.isMandatory) throw unfit(name, field);
      if (index < fields.length) fields[index] = undefined;
    } else if (!isOfKind[field.kind](value)) throw unfit(name, field);
  });
}

function parseField(text: string): Field {
  const [name = '', kind] = text.split(' ');
  return { name: name.replace('!', ''), kind: kind as Kind, isMandatory: name.endsWith('!') };
}

function unfit(performative: PerformativeName, { name, kind }: Field): Violation {
  return new Violation('amqp:decode-error', `The ${name} of a frame's ${performative} must be a ${kind}.`);
}
