import { ManagedIdentityCredential } from '@azure/identity';
import { need } from './environment.ts';

/** The user-assigned identity that infra/ gives the app. */
export const managedIdentity = new ManagedIdentityCredential({ clientId: need('AzureWebJobsStorage__clientId') });
