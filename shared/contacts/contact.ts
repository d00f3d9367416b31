// The only place where a person's name, mail and address stand: events and messages carry the contactId alone, so that
// erasing this row erases the person.

export interface Contact {
  readonly customerId: string;
  readonly contactId: string;
  /** The order it was given for. Undefined in rows of the first release. */
  readonly orderId?: string;
  readonly name: string;
  readonly email: string;
  readonly line1: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

export interface ContactStore {
  get(customerId: string, contactId: string): Promise<Contact | undefined>;
  /** A contact that exists stays as it is. */
  addIfAbsent(contact: Contact): Promise<void>;
  /** Every contact of the customer, one of each order. */
  of(customerId: string): AsyncIterable<Contact>;
  /** Nothing where it is gone. */
  remove(customerId: string, contactId: string): Promise<void>;
}
