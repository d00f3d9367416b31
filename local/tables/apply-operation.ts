// What one write makes of an entity: inserted, merged, replaced, deleted, or refused. Pure.
import { checkEntity, checkKey, type Entity, type Properties } from './entity.ts';
import { TableError } from './table-error.ts';
import { etagOf } from './timestamp.ts';

export interface EntityOperation {
  readonly kind: 'insert' | 'merge' | 'replace' | 'delete';
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Empty for a delete. */
  readonly properties: Properties;
  /** An ETag, or `*` for any. Without it merge and replace insert what is not there. */
  readonly ifMatch?: string;
}

const WEAK_ETAG = /^W\/"[^"]*"$/;

/**
 * @returns the entity as it is afterwards, null when it is deleted
 * @throws {TableError} EntityAlreadyExists, ResourceNotFound, UpdateConditionNotSatisfied, EntityTooLarge, …
 */
export function applyOperation(
  operation: EntityOperation,
  current: Entity | undefined,
  timestamp: string,
): Entity | null {
  checkKey('PartitionKey', operation.partitionKey);
  checkKey('RowKey', operation.rowKey);
  checkCondition(operation, current);
  if (operation.kind === 'delete') return null;
  if (operation.kind === 'insert' && current) throw new TableError('EntityAlreadyExists');
  const { partitionKey, rowKey } = operation;
  const kept = operation.kind === 'merge' && current ? current.properties : [];
  const entity = { partitionKey, rowKey, timestamp, properties: new Map([...kept, ...operation.properties]) };
  checkEntity(entity);
  return entity;
}

function checkCondition({ kind, ifMatch }: EntityOperation, current: Entity | undefined): void {
  if (kind === 'insert') return;
  if (ifMatch === undefined) {
    if (kind === 'delete')
      throw new TableError('MissingRequiredHeader', 'A delete needs If-Match; * stands for any ETag.');
    return;
  }
  if (ifMatch !== '*' && !WEAK_ETAG.test(ifMatch)) {
    throw new TableError('InvalidInput', `The If-Match header '${ifMatch}' is not an ETag of this service.`);
  }
  if (!current) throw new TableError('ResourceNotFound');
  if (ifMatch !== '*' && ifMatch !== etagOf(current.timestamp)) throw new TableError('UpdateConditionNotSatisfied');
}
