// The stored access policies of a table, as Set and Get Table ACL carry them.
// https://learn.microsoft.com/rest/api/storageservices/set-table-acl
import { TableError } from '../table-error.ts';
import { childrenOf, escapeXml, parseXml, textOf } from '../xml.ts';

/** Each may be missing: then it stands in the signature that names the policy. */
export interface AccessPolicy {
  readonly permissions?: string;
  /** As they were given, ISO 8601. */
  readonly start?: string;
  readonly expiry?: string;
}

export type AccessPolicies = Readonly<Record<string, AccessPolicy>>;

const MAX_POLICIES = 5;
const MAX_ID_CHARACTERS = 64;
const FIELDS = [
  ['Start', 'start'],
  ['Expiry', 'expiry'],
  ['Permission', 'permissions'],
] as const;

/** @throws {TableError} InvalidXmlDocument, InvalidInput */
export function readPolicies(body: string): AccessPolicies {
  if (body.trim() === '') return {};
  const root = parseXml(body);
  if (root.name !== 'SignedIdentifiers') throw new TableError('InvalidXmlDocument', 'It holds no SignedIdentifiers.');
  const entries = childrenOf(root, 'SignedIdentifier').map((identifier): [string, AccessPolicy] => {
    const id = textOf(identifier, 'Id') ?? '';
    if (id === '' || id.length > MAX_ID_CHARACTERS)
      throw new TableError('InvalidXmlDocument', `An Id has 1 to ${MAX_ID_CHARACTERS} characters.`);
    const [policy] = childrenOf(identifier, 'AccessPolicy');
    const fields = FIELDS.flatMap(([element, field]) => {
      const text = policy && textOf(policy, element);
      return text ? [[field, text]] : [];
    });
    return [id, Object.fromEntries(fields) as AccessPolicy];
  });
  const policies = Object.fromEntries(entries);
  if (entries.length > MAX_POLICIES || Object.keys(policies).length < entries.length)
    throw new TableError(
      'InvalidXmlDocument',
      `There are at most ${MAX_POLICIES} policies, each with an Id of its own.`,
    );
  return policies;
}

export function writePolicies(policies: AccessPolicies): string {
  const identifiers = Object.entries(policies).map(([id, policy]) => {
    const fields = FIELDS.flatMap(([element, field]) => {
      const text = policy[field];
      return text === undefined ? [] : [`<${element}>${escapeXml(text)}</${element}>`];
    });
    return `<SignedIdentifier><Id>${escapeXml(id)}</Id><AccessPolicy>${fields.join('')}</AccessPolicy></SignedIdentifier>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?><SignedIdentifiers>${identifiers.join('')}</SignedIdentifiers>`;
}
