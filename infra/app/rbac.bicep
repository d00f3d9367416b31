// Every right of the app and of the Event Grid topics, each on one resource. Names are deterministic, so that a second deployment changes nothing.

@description('Principal id of the app\'s identity.')
param principalId string

@description('Storage account of the app.')
param storageAccountName string

@description('Service Bus namespace of the app.')
param serviceBusNamespaceName string

@description('Event Hubs namespace of the app.')
param eventHubsNamespaceName string

@description('Event Grid topics that the app publishes to.')
param eventGridTopicNames string[]

@description('Principal ids of all Event Grid topics, which write what they could not deliver to blobs.')
param eventGridPrincipalIds string[]

@description('Blob containers for what Event Grid could not deliver.')
param eventGridDeadLetterContainers string[]

@description('Durable Task Scheduler.')
param schedulerName string

@description('Task hub of the scheduler.')
param taskHubName string

@description('Application Insights resource.')
param applicationInsightsName string

@description('Key vault with the app\'s secrets.')
param vaultName string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roleIds = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  eventHubsDataReceiver: 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'
  eventHubsDataSender: '2b629674-e913-4c01-ae53-ef4638d8f975'
  eventGridDataSender: 'd5a91429-5739-47e2-a06b-3470a27159e7'
  durableTaskDataContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
}

// The host keeps locks and keys in blobs (owner), makes poison queues (contributor) and writes diagnostic tables (contributor).
// An owner of blobs may also ask for the user delegation key that signs the addresses of uploads and of video segments.
var storageRoles = [roleIds.storageBlobDataOwner, roleIds.storageQueueDataContributor, roleIds.storageTableDataContributor]

// Without the right to manage, the platform cannot see queue lengths and scales step by step: the price of least privilege.
var serviceBusRoles = [roleIds.serviceBusDataReceiver, roleIds.serviceBusDataSender]

var eventHubsRoles = [roleIds.eventHubsDataReceiver, roleIds.eventHubsDataSender]

// Every topic may write to every container of dead letters.
var deadLetterRights = flatten(map(range(0, length(eventGridDeadLetterContainers)), index => map(eventGridPrincipalIds, item => {
  containerIndex: index
  principalId: item
})))

resource storageAccount 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageAccountName

  resource blobService 'blobServices' existing = {
    name: 'default'
  }
}

resource deadLetterContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = [for item in eventGridDeadLetterContainers: {
  parent: storageAccount::blobService
  name: item
}]

resource serviceBusNamespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: serviceBusNamespaceName
}

resource eventHubsNamespace 'Microsoft.EventHub/namespaces@2026-01-01' existing = {
  name: eventHubsNamespaceName
}

resource eventGridTopic 'Microsoft.EventGrid/topics@2025-02-15' existing = [for item in eventGridTopicNames: {
  name: item
}]

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' existing = {
  name: schedulerName

  resource taskHub 'taskHubs' existing = {
    name: taskHubName
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource storageAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for roleId in storageRoles: {
  scope: storageAccount
  name: guid(storageAccount.id, principalId, roleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}]

resource serviceBusAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for roleId in serviceBusRoles: {
  scope: serviceBusNamespace
  name: guid(serviceBusNamespace.id, principalId, roleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}]

resource eventHubsAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for roleId in eventHubsRoles: {
  scope: eventHubsNamespace
  name: guid(eventHubsNamespace.id, principalId, roleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}]

resource eventGridAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, index) in eventGridTopicNames: {
  scope: eventGridTopic[index]
  name: guid(eventGridTopic[index].id, principalId, roleIds.eventGridDataSender)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.eventGridDataSender)
  }
}]

resource deadLetterAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in deadLetterRights: {
  scope: deadLetterContainer[item.containerIndex]
  name: guid(deadLetterContainer[item.containerIndex].id, item.principalId, roleIds.storageBlobDataContributor)
  properties: {
    principalId: item.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataContributor)
  }
}]

resource taskHubAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: scheduler::taskHub
  name: guid(scheduler::taskHub.id, principalId, roleIds.durableTaskDataContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.durableTaskDataContributor)
  }
}

resource telemetryAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: applicationInsights
  name: guid(applicationInsights.id, principalId, roleIds.monitoringMetricsPublisher)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.monitoringMetricsPublisher)
  }
}

resource secretsAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, roleIds.keyVaultSecretsUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.keyVaultSecretsUser)
  }
}
