// What a peer did that AMQP forbids: it costs the connection, and the others go on.

export class Violation extends Error {
  /** Symbol of the AMQP error it is answered with. [AMQP 1.0 §2.8.15 to §2.8.17] */
  readonly condition: string;

  constructor(condition: string, message: string) {
    super(message);
    this.name = 'Violation';
    this.condition = condition;
  }
}
