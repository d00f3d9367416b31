// Where the properties of a message that the broker reads stand in their list. A session is AMQP's group. [AMQP 1.0 §3.2.4]
import type { SystemField } from '../broker/rules/rule-fields.ts';

export const propertyAt: Readonly<Record<SystemField, number>> = {
  messageId: 0,
  to: 2,
  subject: 3,
  replyTo: 4,
  correlationId: 5,
  contentType: 6,
  sessionId: 10,
  replyToSessionId: 12,
};
