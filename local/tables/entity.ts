// An entity and the limits Azure sets for it.
// https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
import type { EdmValue } from './edm.ts';
import { TableError } from './table-error.ts';

export type Properties = ReadonlyMap<string, EdmValue>;

export interface Entity {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Canonical (timestamp.ts). */
  readonly timestamp: string;
  /** All but the two keys and the timestamp. */
  readonly properties: Properties;
}

const MAX_KEY_CHARACTERS = 512;
const MAX_PROPERTIES = 252;
const MAX_NAME_CHARACTERS = 255;
const MAX_VALUE_BYTES = 64 * 1024;
const MAX_ENTITY_BYTES = 1024 * 1024;

// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const FORBIDDEN_IN_KEY = /[\u0000-\u001f\u007f-\u009f/\\#?]/;
const PROPERTY_NAME = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\p{Cf}]*$/u;

/** No key holds such a text, whatever it is compared with. */
export function isValidKey(key: string): boolean {
  return key.isWellFormed() && !FORBIDDEN_IN_KEY.test(key);
}

/** @throws {TableError} KeyValueTooLarge (1 KiB of UTF-16), OutOfRangeInput */
export function checkKey(name: 'PartitionKey' | 'RowKey', key: string): void {
  if (key.length > MAX_KEY_CHARACTERS)
    throw new TableError('KeyValueTooLarge', `The ${name} has ${key.length} characters.`);
  if (!isValidKey(key)) {
    throw new TableError('OutOfRangeInput', `The ${name} must not hold / \\ # ? or control characters.`);
  }
}

/** @throws {TableError} PropertyNameTooLong, PropertyNameInvalid, PropertyValueTooLarge */
export function checkProperty(name: string, value: EdmValue): void {
  if (name.length > MAX_NAME_CHARACTERS) throw new TableError('PropertyNameTooLong');
  if (!PROPERTY_NAME.test(name)) throw new TableError('PropertyNameInvalid', `'${name}' is not a C# identifier.`);
  const bytes = value.type === 'Edm.String' || value.type === 'Edm.Binary' ? contentBytes(value) : 0;
  if (bytes > MAX_VALUE_BYTES)
    throw new TableError('PropertyValueTooLarge', `The property '${name}' has ${bytes} bytes.`);
}

/** @throws {TableError} TooManyProperties, EntityTooLarge */
export function checkEntity(entity: Entity): void {
  if (entity.properties.size > MAX_PROPERTIES) throw new TableError('TooManyProperties');
  const bytes = entityBytes(entity);
  if (bytes > MAX_ENTITY_BYTES) throw new TableError('EntityTooLarge', `It has ${bytes} bytes as Azure counts them.`);
}

/** Azure's own formula: four bytes, the keys in UTF-16, and for every property eight, its name in UTF-16 and its value. */
function entityBytes({ partitionKey, rowKey, properties }: Entity): number {
  let bytes = 4 + 2 * (partitionKey.length + rowKey.length);
  for (const [name, value] of properties) bytes += 8 + 2 * name.length + storedBytes(value);
  return bytes;
}

function storedBytes(value: EdmValue): number {
  switch (value.type) {
    case 'Edm.String':
    case 'Edm.Binary':
      return 4 + contentBytes(value);
    case 'Edm.Guid':
      return 16;
    case 'Edm.Int32':
      return 4;
    case 'Edm.Boolean':
      return 1;
    case 'Edm.Int64':
    case 'Edm.Double':
    case 'Edm.DateTime':
      return 8;
  }
}

function contentBytes({ type, value }: EdmValue & { value: string }): number {
  return type === 'Edm.String' ? 2 * value.length : Buffer.byteLength(value, 'base64');
}
