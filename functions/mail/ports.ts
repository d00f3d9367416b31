import { communicationMailer } from '../../shared/adapters/communication-mailer.ts';
import { settings } from '../../shared/adapters/environment.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';

const { MAIL_CONNECTION: connection, MAIL_SENDER: sender } = settings();

export const mailer = communicationMailer({ connection, sender, guard: guards.mail });
