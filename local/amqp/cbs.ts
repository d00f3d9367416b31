// $cbs, where clients put their tokens. Differs from Azure: every token is taken; the local Service Bus guards nothing.
import rhea from 'rhea';
import type { Respond } from './request-link.ts';

export const respondToCbs: Respond = ({ operation }) => {
  const isKnown = operation === 'put-token';
  const applicationProperties = {
    'status-code': rhea.types.wrap_int(isKnown ? 202 : 501),
    'status-description': isKnown ? 'Accepted' : `$cbs knows put-token, not '${operation}'.`,
  };
  return Promise.resolve({ applicationProperties });
};
