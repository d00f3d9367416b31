// Mail as Azure Communication Services sends it: POST /emails:send, then GET /emails/operations/{id}. Nothing leaves the machine.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { type Answer, isObject, jsonObject, type StandIn, type StandInRequest } from './exchange.ts';
import { createTurns, type InTurn, listRecords, readRecord, writeRecord } from './records.ts';

const mailSpace = 'stand-ins.mail';
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const addressPattern = /^[^\s@<>]+@[^\s@<>]+$/;

/** A sent mail as `/local/mail` shows it. */
interface SentMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly sentAt: string;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the mail's own header `x-order-id`. */
  readonly orderId?: string;
}

export interface Mail {
  readonly handle: StandIn;
  /** Oldest first. */
  sent(): Promise<SentMail[]>;
}

export function createMail({ store, clock }: { store: Store; clock: Clock }): Mail {
  const inTurn = createTurns();
  return {
    handle: (request) => route(store, clock, inTurn, request),
    sent: async () =>
      (await listRecords<SentMail>(store, mailSpace)).toSorted((a, b) => a.sentAt.localeCompare(b.sentAt)),
  };
}

async function route(store: Store, clock: Clock, inTurn: InTurn, request: StandInRequest): Promise<Answer> {
  const { pathname, searchParams } = request.url;
  if (!request.headers.authorization) return mailError(401, 'Denied', 'Denied by the resource provider.');
  if (!searchParams.get('api-version')) {
    return mailError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required.');
  }
  if (request.method === 'POST' && pathname === '/emails:send') return send(store, clock, inTurn, request);
  const operationId = /^\/emails\/operations\/([^/]+)$/.exec(pathname)?.[1];
  if (request.method === 'GET' && operationId !== undefined) {
    const mail = await readRecord<SentMail>(store, mailSpace, operationId.toLowerCase());
    if (!mail) return mailError(404, 'OperationNotFound', `There is no operation ${operationId}.`);
    return { status: 200, body: { id: operationId, status: 'Succeeded', error: null } };
  }
  return mailError(404, 'NotFound', `There is no ${request.method} ${pathname}.`);
}

/**
 * The same Operation-Id sends once.
 * Differs from Azure: a mail is sent when it is accepted, so the operation's first poll says Succeeded.
 */
async function send(store: Store, clock: Clock, inTurn: InTurn, request: StandInRequest): Promise<Answer> {
  const wishedId = request.headers['operation-id'] ?? randomUUID();
  if (typeof wishedId !== 'string' || !uuidPattern.test(wishedId)) {
    return mailError(400, 'InvalidOperationId', 'The Operation-Id header must be a UUID.');
  }
  const message = jsonObject(request.body);
  const complaint = message ? complaintAbout(message) : 'The request body is not a JSON object.';
  if (!message || complaint) return mailError(400, 'BadRequest', complaint ?? '');
  const operationId = wishedId.toLowerCase();
  await inTurn(operationId, async () => {
    if (await store.get(mailSpace, operationId)) return;
    await store.commit([writeRecord(mailSpace, operationId, sentMail(message, clock.now()))]);
  });
  const { origin, search } = request.url;
  return {
    status: 202,
    headers: { 'operation-location': `${origin}/emails/operations/${operationId}${search}`, 'retry-after': '1' },
    body: { id: operationId, status: 'Running', error: null },
  };
}

/** What Azure would refuse, undefined for a mail it would send. */
function complaintAbout({ senderAddress, content, recipients }: Record<string, unknown>): string | undefined {
  if (!isAddress(senderAddress)) return 'senderAddress must be an e-mail address.';
  if (!isObject(content) || typeof content['subject'] !== 'string') return 'content.subject is required.';
  if (typeof content['plainText'] !== 'string' && typeof content['html'] !== 'string') {
    return 'content.plainText or content.html is required.';
  }
  if (!isObject(recipients)) return 'recipients is required.';
  const lists = ['to', 'cc', 'bcc'].map((name) => recipients[name] ?? []);
  if (!lists.every(Array.isArray)) return 'recipients.to, cc and bcc must be lists.';
  const addresses = lists.flat().map((recipient: unknown) => isObject(recipient) && recipient['address']);
  if (addresses.length === 0) return 'recipients must hold at least one address.';
  const bad = addresses.findIndex((address) => !isAddress(address));
  return bad === -1 ? undefined : `recipients hold an invalid e-mail address: ${JSON.stringify(addresses[bad])}.`;
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && addressPattern.test(value);
}

function sentMail(message: Record<string, unknown>, nowMs: number): SentMail {
  const { senderAddress, content, recipients, headers } = message as unknown as {
    senderAddress: string;
    content: { subject: string; plainText?: string; html?: string };
    recipients: { to?: { address: string }[]; cc?: { address: string }[]; bcc?: { address: string }[] };
    headers?: Record<string, string>;
  };
  const everyone = [...(recipients.to ?? []), ...(recipients.cc ?? []), ...(recipients.bcc ?? [])];
  const orderId = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'x-order-id')?.[1];
  return {
    to: everyone.map(({ address }) => address).join(', '),
    subject: content.subject,
    text: content.plainText ?? null,
    html: content.html ?? null,
    sentAt: new Date(nowMs).toISOString(),
    from: senderAddress,
    headers: headers ?? {},
    ...(orderId !== undefined && { orderId }),
  };
}

function mailError(status: number, code: string, message: string): Answer {
  return { status, headers: { 'x-ms-error-code': code }, body: { error: { code, message } } };
}
