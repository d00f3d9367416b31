// The storage account: event store and read models in tables, hints in queues, the host's own blobs, and the deployed package.

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

    resource deployments 'containers' = {
      name: deploymentContainerName
    }

    resource container 'containers' = [for item in containers: {
      name: item.name
    }]
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

@description('Endpoint of the blob service.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Endpoint of the queue service.')
output queueEndpoint string = account.properties.primaryEndpoints.queue

@description('Endpoint of the table service.')
output tableEndpoint string = account.properties.primaryEndpoints.table

@description('Container that a deployment puts the packaged app into.')
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${deploymentContainerName}'
