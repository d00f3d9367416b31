// The errors of the Table service: code, status, message.
// https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes

const REGISTRY = {
  AtomFormatNotSupported: [415, 'Atom format is not supported.'],
  AuthenticationFailed: [
    403,
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  ],
  AuthorizationFailure: [403, 'This request is not authorized to perform this operation.'],
  AuthorizationPermissionMismatch: [
    403,
    'This request is not authorized to perform this operation using this permission.',
  ],
  AuthorizationProtocolMismatch: [403, 'This request is not authorized to perform this operation using this protocol.'],
  AuthorizationResourceTypeMismatch: [
    403,
    'This request is not authorized to perform this operation using this resource type.',
  ],
  AuthorizationServiceMismatch: [403, 'This request is not authorized to perform this operation using this service.'],
  AuthorizationSourceIPMismatch: [
    403,
    'This request is not authorized to perform this operation using this source IP.',
  ],
  CommandsInBatchActOnDifferentPartitions: [400, 'All commands in a batch must operate on same entity group.'],
  DuplicatePropertiesSpecified: [400, 'A property is specified more than one time.'],
  EntityAlreadyExists: [409, 'The specified entity already exists.'],
  EntityTooLarge: [400, 'The entity is larger than the maximum allowed size (1MB).'],
  InsufficientAccountPermissions: [403, 'Write operations are not allowed.'],
  InternalError: [500, 'The server encountered an internal error. Please retry the request.'],
  InvalidDuplicateRow: [
    400,
    'The batch request contains multiple changes with same row key. An entity can appear only once in a batch request.',
  ],
  InvalidInput: [400, 'One of the request inputs is not valid.'],
  InvalidResourceName: [400, 'The specified resource name contains invalid characters.'],
  InvalidXmlDocument: [400, 'XML specified is not syntactically valid.'],
  KeyValueTooLarge: [400, 'The key value is larger than the maximum allowed size (1KB).'],
  MediaTypeNotSupported: [415, 'None of the provided media types are supported.'],
  MethodNotAllowed: [405, 'The requested method is not allowed on the specified resource.'],
  MissingRequiredHeader: [400, 'An HTTP header that is mandatory for this request is not specified.'],
  NotImplemented: [501, 'The requested operation is not implemented on the specified resource.'],
  OutOfRangeInput: [400, 'One of the request inputs is out of range.'],
  PartitionKeyPropertyCannotBeUpdated: [400, 'The PartitionKey property cannot be updated.'],
  PropertiesNeedValue: [400, 'The values are not specified for all properties in the entity.'],
  PropertyNameInvalid: [400, 'The property name is invalid.'],
  PropertyNameTooLong: [400, 'The property name exceeds the maximum allowed length (255).'],
  PropertyValueTooLarge: [
    400,
    'The property value exceeds the maximum allowed size (64KB). If the property value is a string, it is UTF-16 encoded and the maximum number of characters should be 32K or less.',
  ],
  RequestBodyTooLarge: [413, 'The request body is too large and exceeds the maximum permissible limit.'],
  ResourceNotFound: [404, 'The specified resource does not exist.'],
  RowKeyPropertyCannotBeUpdated: [400, 'The RowKey property cannot be updated.'],
  TableAlreadyExists: [409, 'The table specified already exists.'],
  TableNotFound: [404, 'The table specified does not exist.'],
  TooManyProperties: [
    400,
    'The entity contains more properties than allowed. Each entity can include up to 252 properties to store data.',
  ],
  UpdateConditionNotSatisfied: [412, 'The update condition specified in the request was not satisfied.'],
  XMethodIncorrectValue: [400, 'The specified X-HTTP-Method is invalid.'],
  XMethodNotUsingPost: [400, 'The request uses X-HTTP-Method with an HTTP verb other than POST.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type TableErrorCode = keyof typeof REGISTRY;

/** What the server answers with; `detail` follows Azure's own sentence. */
export class TableError extends Error {
  readonly code: TableErrorCode;
  readonly status: number;

  constructor(code: TableErrorCode, detail = '', options?: ErrorOptions) {
    const [status, message] = REGISTRY[code];
    super(detail ? `${message} ${detail}` : message, options);
    this.name = 'TableError';
    this.code = code;
    this.status = status;
  }
}

/** Which operation of a batch was refused, and why. */
export class OperationError extends Error {
  readonly index: number;
  readonly refusal: TableError;

  constructor(index: number, refusal: TableError) {
    super(refusal.message);
    this.index = index;
    this.refusal = refusal;
  }
}

/** Gives a refusal the index of its operation. @throws {OperationError} */
export function refusable<T>(index: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof TableError ? new OperationError(index, error) : error;
  }
}

/** The body of an error; in a batch the message begins with the index of the operation that failed. */
export function errorBody(error: TableError, requestId: string, time: string, index?: number): string {
  const prefix = index === undefined ? '' : `${index}:`;
  const value = `${prefix}${error.message}\nRequestId:${requestId}\nTime:${time}`;
  return JSON.stringify({ 'odata.error': { code: error.code, message: { lang: 'en-US', value } } });
}
