// $cbs, where clients put their tokens.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization
// Differs from Azure: every token is taken; the local Service Bus guards nothing.
import rhea from 'rhea';
import type { Request, Respond } from './request-link.ts';

const tokenTypes = ['servicebus.windows.net:sastoken', 'jwt'];

export const respondToCbs: Respond = (request) => {
  const [code, description] = judge(request);
  const applicationProperties = { 'status-code': rhea.types.wrap_int(code), 'status-description': description };
  return Promise.resolve({ applicationProperties });
};

function judge({ operation, properties }: Request): [number, string] {
  if (operation !== 'put-token') return [501, `$cbs knows put-token, not '${operation}'.`];
  const type = String(properties['type']);
  if (!tokenTypes.includes(type))
    return [400, `The token's type must be one of ${tokenTypes.join(', ')}, not '${type}'.`];
  return [202, 'Accepted'];
}
