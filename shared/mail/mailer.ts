export interface Mail {
  /** The same id twice is one mail. */
  readonly operationId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Custom headers, names beginning with x-. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws AppError mail-unavailable or mail-refused. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
