// The only place where a person's name, mail and address stand: events and messages carry the contactId alone, so that
// erasing this row erases the person.

export interface Contact {
  readonly customerId: string;
  readonly contactId: string;
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
}
