// The two secrets that no identity can replace yet. The app sees references, which the platform resolves by its identity.

@description('Name of the key vault.')
param name string

@description('Region of the vault.')
param location string

@description('Tags of the vault.')
param tags object

@secure()
@description('Secret key of the payment provider.')
param paymentsKey string

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

  resource mailConnectionSecret 'secrets' = {
    name: 'mail-connection'
    properties: { value: communicationService.listKeys().primaryConnectionString }
  }
}

@description('Name of the vault.')
output vaultName string = vault.name

@description('App setting that refers to the payment provider\'s key.')
output paymentsKeyReference string = '@Microsoft.KeyVault(SecretUri=${vault::paymentsKeySecret.properties.secretUri})'

@description('App setting that refers to the mail service\'s connection string.')
output mailConnectionReference string = '@Microsoft.KeyVault(SecretUri=${vault::mailConnectionSecret.properties.secretUri})'
