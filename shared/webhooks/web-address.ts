// Where a webhook may point: at a public host, so that nobody has us call what only we can reach. By IANA's registries of
// special-purpose addresses [https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry].
import { AppError } from '../kernel/errors.ts';

/** First address and length of the prefix. */
type Block = readonly [string, number];

const notPublic4: readonly Block[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // what Azure's machines ask for their settings
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Of version 6 only 2000::/3 is given out; of that, these are tunnels to version 4, protocols and examples. */
const public6: Block = ['2000::', 3];
const notPublic6: readonly Block[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const loopback: readonly Block[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];

export interface AddressRule {
  /** For tests on one machine: the machine itself, by http too. Default: never. */
  readonly allowLoopback: boolean;
}

/** @param address as a resolver answers it, IPv4 or IPv6 */
export function isAllowedAddress(address: string, { allowLoopback }: AddressRule): boolean {
  const bits = bitsOf(address);
  if (bits === undefined) return false;
  if (allowLoopback && loopback.some((block) => isWithin(bits, block))) return true;
  if (bits.length === 32) return !notPublic4.some((block) => isWithin(bits, block));
  return isWithin(bits, public6) && !notPublic6.some((block) => isWithin(bits, block));
}

const isWithin = (bits: string, [first, length]: Block): boolean => {
  const of = bitsOf(first) ?? '';
  return of.length === bits.length && of.slice(0, length) === bits.slice(0, length);
};

const binary = (value: number, digits: number): string => value.toString(2).padStart(digits, '0');

/** 32 or 128 digits of 0 and 1; undefined for what is no address. */
function bitsOf(address: string): string | undefined {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (four !== undefined)
    return four.every((part) => part < 256) ? four.map((part) => binary(part, 8)).join('') : undefined;
  // URL writes every form of an address of version 6 in groups of 16 bits [URL, 3.5]; a zone is no part of it.
  const url = `http://[${address.replace(/%.*$/, '')}]/`;
  if (!URL.canParse(url)) return undefined;
  const [head = '', tail] = new URL(url).hostname.slice(1, -1).split('::');
  const groups = (text = ''): readonly string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return all.map((group) => binary(Number.parseInt(group, 16), 16)).join('');
}

/** The host of a URL that is an address itself, in whatever form it was written: without brackets. */
export function addressOf({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bitsOf(bare) === undefined ? undefined : bare;
}

/**
 * The address of a webhook, as far as it can be judged without asking a resolver.
 * @throws AppError webhook-not-allowed
 */
export function readWebAddress(text: string, rule: AddressRule): URL {
  if (!URL.canParse(text)) throw notAllowed('is no URL');
  const url = new URL(text);
  const address = addressOf(url);
  const isOwn = address !== undefined && rule.allowLoopback && isAllowedAddress(address, rule);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOwn)) throw notAllowed('has to begin with https://');
  if (url.username !== '' || url.password !== '') throw notAllowed('must not carry a name or password');
  if (address !== undefined && !isAllowedAddress(address, rule)) throw notAllowed('has to be of a public host');
  return url;
}

export const notAllowed = (why: string): AppError =>
  new AppError('webhook-not-allowed', `The address ${why}`, {
    errors: [{ pointer: '/url', code: 'not_allowed', detail: why }],
  });
