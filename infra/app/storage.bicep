// The storage account: event store and read models in tables, hints in queues, videos and the host's own state in blobs, and the
// deployed package.

@description('A container, queue or table of topology.json.')
type namedType = {
  name: string
}

@description('Name of the storage account.')
param name string

@description('Region of the account.')
param location string

@description('Tags of the account.')
param tags object

@description('Blob containers of topology.json.')
param containers namedType[]

@description('The container that clients upload to. What lies there is copied when it arrives, and deleted after a week.')
param incomingContainer string

@description('The container of data that is too large to travel with its message.')
param claimCheckContainer string

@description('Days after which such data goes: more than a message or dead letter ever waits.')
param claimCheckDays int

@description('The container that keeps a till\'s sales while they become orders.')
param salesImportContainer string

@description('Origins of the web pages that may upload and play videos, such as https://www.example.com.')
param browserOrigins string[]

@description('Storage queues of topology.json.')
param queues namedType[]

@description('Tables of topology.json.')
param tables namedType[]

var deploymentContainerName = 'deployments'

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  // The event store is the truth of every order: it stands in three zones.
  sku: { name: 'Standard_ZRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
  }

  resource blobService 'blobServices' = {
    name: 'default'
    // Browsers upload to a signed address and play from signed ones; the signature is the permission, this only lets pages use it.
    properties: {
      cors: {
        corsRules: empty(browserOrigins) ? [] : [
          {
            allowedOrigins: browserOrigins
            allowedMethods: ['GET', 'HEAD', 'PUT']
            allowedHeaders: ['content-type', 'range', 'x-ms-*']
            exposedHeaders: ['content-length', 'content-range', 'etag', 'x-ms-*']
            maxAgeInSeconds: 3600
          }
        ]
      }
    }

    resource deployments 'containers' = {
      name: deploymentContainerName
    }

    resource container 'containers' = [for item in containers: {
      name: item.name
    }]
  }

  // An event that could not be delivered is worth looking into for a week: so long its upload is kept.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'delete-taken-uploads'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${incomingContainer}/'] }
              actions: { baseBlob: { delete: { daysAfterCreationGreaterThan: 7 } } }
            }
          }
          {
            name: 'delete-old-claims'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${claimCheckContainer}/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: claimCheckDays } } }
            }
          }
          // An import removes its sales when it ends, and gives up after a day of waiting for what is down.
          {
            name: 'delete-left-sales'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${salesImportContainer}/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 2 } } }
            }
          }
        ]
      }
    }
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [for item in queues: {
      name: item.name
    }]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource table 'tables' = [for item in tables: {
      name: item.name
    }]
  }
}

@description('Name of the account.')
output name string = account.name

@description('Resource id of the account.')
output id string = account.id

@description('Endpoint of the blob service.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Endpoint of the queue service.')
output queueEndpoint string = account.properties.primaryEndpoints.queue

@description('Endpoint of the table service.')
output tableEndpoint string = account.properties.primaryEndpoints.table

@description('Container that a deployment puts the packaged app into.')
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${deploymentContainerName}'
