// The second phase: who gets the events of app/event-grid.bicep, and that the app is told of alerts. Azure refuses a subscription whose
// function is not there yet, and functions come with the deployed package. Hence azd runs this after every deployment;
// docs/deployment.md says how without azd.
targetScope = 'resourceGroup'

@description('Name of the deployed function app.')
param functionAppName string

@description('Storage account with the containers for undeliverable events.')
param storageAccountName string

@description('Prefix of the names of all Event Grid topics.')
param eventGridName string

var topology = loadJsonContent('topology.json')

// Bicep has no loop in a loop over resources: each tree becomes one list.
var systemTopicSubscriptions = flatten(map(topology.eventGrid.systemTopics, (owner, ownerIndex) => map(owner.subscriptions, item => {
  topicIndex: ownerIndex
  name: item.name
  function: item.function
  deadLetterContainer: item.deadLetterContainer
  properties: item.properties
})))
var topicSubscriptions = flatten(map(topology.eventGrid.topics, (owner, ownerIndex) => map(owner.subscriptions, item => {
  topicIndex: ownerIndex
  name: item.name
  function: item.function
  deadLetterContainer: item.deadLetterContainer
  properties: item.properties
})))

resource storageAccount 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageAccountName
}

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = [for item in topology.eventGrid.systemTopics: {
  name: '${eventGridName}-${item.name}'
}]

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = [for item in topology.eventGrid.topics: {
  name: '${eventGridName}-${item.name}'
}]

resource systemTopicSubscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [for item in systemTopicSubscriptions: {
  parent: systemTopic[item.topicIndex]
  name: item.name
  properties: {
    eventDeliverySchema: item.properties.eventDeliverySchema
    filter: item.properties.filter
    retryPolicy: item.properties.retryPolicy
    destination: {
      endpointType: 'AzureFunction'
      properties: { resourceId: resourceId('Microsoft.Web/sites/functions', functionAppName, item.function) }
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: storageAccount.id, blobContainerName: item.deadLetterContainer }
      }
    }
  }
}]

resource topicSubscription 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = [for item in topicSubscriptions: {
  parent: topic[item.topicIndex]
  name: item.name
  properties: {
    eventDeliverySchema: item.properties.eventDeliverySchema
    filter: item.properties.filter
    retryPolicy: item.properties.retryPolicy
    destination: {
      endpointType: 'AzureFunction'
      properties: { resourceId: resourceId('Microsoft.Web/sites/functions', functionAppName, item.function) }
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: storageAccount.id, blobContainerName: item.deadLetterContainer }
      }
    }
  }
}]

resource functionApp 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource receiver 'functions' existing = {
    name: 'receiveMonitorAlert'
  }
}

// Whatever fires in this group is told to the app too, which tells the webhooks that are registered there.
resource toApp 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${functionAppName}-alerts'
  location: 'global'
  properties: {
    enabled: true
    groupShortName: 'app'
    azureFunctionReceivers: [
      {
        name: 'app'
        functionAppResourceId: functionApp.id
        functionName: functionApp::receiver.name
        httpTriggerUrl: 'https://${functionApp.properties.defaultHostName}/api/v1/alerts/monitor?code=${functionApp::receiver.listKeys().default}'
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alertsToApp 'Microsoft.AlertsManagement/actionRules@2021-08-08' = {
  name: '${functionAppName}-alerts'
  location: 'global'
  properties: {
    enabled: true
    scopes: [resourceGroup().id]
    actions: [{ actionType: 'AddActionGroups', actionGroupIds: [toApp.id] }]
  }
}
