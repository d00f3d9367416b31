// The three secrets that no identity can replace yet. The app sees references, which the platform resolves by its identity.

@description('Name of the key vault.')
param name string

@description('Region of the vault.')
param location string

@description('Tags of the vault.')
param tags object

@secure()
@description('Secret key of the payment provider.')
param paymentsKey string

@secure()
@description('Secret that the payment provider signs its events with; empty until its endpoint is registered.')
param paymentsWebhookSecret string

@secure()
@description('Stands in for a secret that is not known yet: nobody can sign with it.')
param unknownSecret string = newGuid()

@description('Communication service whose connection string is kept.')
param communicationServiceName string

resource communicationService 'Microsoft.Communication/communicationServices@2026-03-18' existing = {
  name: communicationServiceName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    softDeleteRetentionInDays: 7
  }

  resource paymentsKeySecret 'secrets' = {
    name: 'payments-key'
    properties: { value: paymentsKey }
  }

  resource paymentsWebhookSecretSecret 'secrets' = {
    name: 'payments-webhook-secret'
    properties: { value: empty(paymentsWebhookSecret) ? unknownSecret : paymentsWebhookSecret }
  }

  resource mailConnectionSecret 'secrets' = {
    name: 'mail-connection'
    properties: { value: communicationService.listKeys().primaryConnectionString }
  }
}

@description('Name of the vault.')
output vaultName string = vault.name

@description('App setting that refers to the payment provider\'s key.')
output paymentsKeyReference string = '@Microsoft.KeyVault(SecretUri=${vault::paymentsKeySecret.properties.secretUri})'

@description('App setting that refers to the secret of the payment provider\'s events.')
output paymentsWebhookSecretReference string = '@Microsoft.KeyVault(SecretUri=${vault::paymentsWebhookSecretSecret.properties.secretUri})'

@description('App setting that refers to the mail service\'s connection string.')
output mailConnectionReference string = '@Microsoft.KeyVault(SecretUri=${vault::mailConnectionSecret.properties.secretUri})'
