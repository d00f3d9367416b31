// The whole system in one resource group. Queues, topics, tables and so on come from topology.json, which the app and the
// local Azure read too. Nothing here has a key: the app is a user-assigned identity, and local sign-in is off where it can be.
targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment; it names the resource group and, hashed, every resource.')
param environmentName string

@minLength(1)
@metadata({ azd: { type: 'location' } })
@description('Region of every resource. It must offer Flex Consumption, the Durable Task Scheduler and availability zones.')
param location string

@secure()
@minLength(1)
@description('Secret key of the payment provider (Stripe: sk_test_… or sk_live_…). It is kept in the key vault only.')
param paymentsKey string

@secure()
@description('Secret that the provider signs its events with (whsec_…), shown where their endpoint is registered. Until it is known, no event is taken.')
param paymentsWebhookSecret string = ''

@description('Where the payment provider answers.')
param paymentsUrl string = 'https://api.stripe.com'

@minLength(1)
@description('Where the carrier answers, https and without a slash at the end.')
param carrierUrl string

@description('Address that alerts are mailed to. Without one, alerts show in the portal only.')
param alertEmail string = ''

@description('Where the mail service keeps its data at rest.')
param mailDataLocation string = 'Europe'

@description('Origins of the web pages that may upload and play videos, with commas between them. Without one, no page may.')
param browserOrigins string = ''

@minValue(40)
@maxValue(1000)
@description('The most instances the app scales out to.')
param maximumInstanceCount int = 40

@allowed([512, 2048, 4096])
@description('Memory of one instance in MB.')
param instanceMemoryMB int = 2048

@minValue(8)
@description('Days that data too large for its message is kept: more than a message or dead letter ever waits.')
param claimCheckDays int = 90

@minValue(8)
@description('Days after which a closed dead letter goes, with its body and history. Open ones stay.')
param deadLetterDays int = 90

var topology = loadJsonContent('topology.json')
var eventGridName = 'eg-${token}'
// What the platform lets through at most. It says no at 100 MB unless it is told; the app says no with an answer worth reading.
var uploadLimitBytes = '210000000'
var tags = { 'azd-env-name': environmentName }
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  scope: group
  params: { name: 'id-${token}', location: location, tags: tags }
}

module monitoring 'app/monitoring.bicep' = {
  scope: group
  params: { workspaceName: 'log-${token}', applicationInsightsName: 'appi-${token}', location: location, tags: tags }
}

module storage 'app/storage.bicep' = {
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    containers: topology.storage.containers
    incomingContainer: 'incoming'
    claimCheckContainer: 'claim-checks'
    claimCheckDays: claimCheckDays
    salesImportContainer: 'sales-imports'
    browserOrigins: empty(browserOrigins) ? [] : split(browserOrigins, ',')
    queues: topology.storage.queues
    tables: topology.storage.tables
  }
}

module messaging 'app/messaging.bicep' = {
  scope: group
  params: {
    name: 'sb-${token}'
    location: location
    tags: tags
    queues: topology.serviceBus.queues
    topics: topology.serviceBus.topics
  }
}

module eventHubs 'app/event-hubs.bicep' = {
  scope: group
  params: { name: 'evh-${token}', location: location, tags: tags, hubs: topology.eventHubs.hubs }
}

module eventGrid 'app/event-grid.bicep' = {
  scope: group
  params: {
    name: eventGridName
    location: location
    tags: tags
    storageAccountId: storage.outputs.id
    systemTopics: topology.eventGrid.systemTopics
    topics: topology.eventGrid.topics
  }
}

module durable 'app/durable.bicep' = {
  scope: group
  params: { schedulerName: 'dts-${token}', taskHubName: 'millrace', location: location, tags: tags }
}

module postbox 'app/postbox.bicep' = {
  scope: group
  params: { name: 'acs-${token}', dataLocation: mailDataLocation, tags: tags }
}

module secrets 'app/secrets.bicep' = {
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    paymentsKey: paymentsKey
    paymentsWebhookSecret: paymentsWebhookSecret
    communicationServiceName: postbox.outputs.communicationServiceName
  }
}

module rbac 'app/rbac.bicep' = {
  scope: group
  params: {
    principalId: identity.outputs.principalId
    storageAccountName: storage.outputs.name
    serviceBusNamespaceName: messaging.outputs.name
    eventHubsNamespaceName: eventHubs.outputs.name
    eventGridTopicNames: eventGrid.outputs.topicNames
    eventGridPrincipalIds: concat(eventGrid.outputs.systemTopicPrincipalIds, eventGrid.outputs.topicPrincipalIds)
    eventGridDeadLetterContainers: eventGrid.outputs.deadLetterContainers
    schedulerName: durable.outputs.schedulerName
    taskHubName: durable.outputs.taskHubName
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    vaultName: secrets.outputs.vaultName
  }
}

module functionApp 'app/function-app.bicep' = {
  scope: group
  params: {
    name: 'func-${token}'
    planName: 'plan-${token}'
    location: location
    tags: union(tags, { 'azd-service-name': 'api' })
    identityId: identity.outputs.id
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    settings: {
      AzureWebJobsStorage__blobServiceUri: storage.outputs.blobEndpoint
      AzureWebJobsStorage__queueServiceUri: storage.outputs.queueEndpoint
      AzureWebJobsStorage__tableServiceUri: storage.outputs.tableEndpoint
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.outputs.clientId
      ServiceBusConnection__fullyQualifiedNamespace: messaging.outputs.fullyQualifiedNamespace
      ServiceBusConnection__credential: 'managedidentity'
      ServiceBusConnection__clientId: identity.outputs.clientId
      EventHubsConnection__fullyQualifiedNamespace: eventHubs.outputs.fullyQualifiedNamespace
      EventHubsConnection__credential: 'managedidentity'
      EventHubsConnection__clientId: identity.outputs.clientId
      EVENT_GRID_TOPIC_ENDPOINT: eventGrid.outputs.topicEndpoint
      UPLOAD_LIMIT_BYTES: uploadLimitBytes
      BACK_OFF_LIMIT_SECONDS: '30'
      CLAIM_CHECK_DAYS: string(claimCheckDays)
      DEAD_LETTER_DAYS: string(deadLetterDays)
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: uploadLimitBytes
      // host.json names Azure Storage as the durable back end, which Core Tools and Azurite have; here the scheduler takes its place.
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${durable.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identity.outputs.clientId}'
      TASK_HUB_NAME: durable.outputs.taskHubName
      APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.outputs.clientId};Authorization=AAD'
      PAYMENTS_URL: paymentsUrl
      PAYMENTS_KEY: secrets.outputs.paymentsKeyReference
      PAYMENTS_WEBHOOK_SECRET: secrets.outputs.paymentsWebhookSecretReference
      CARRIER_URL: carrierUrl
      MAIL_CONNECTION: secrets.outputs.mailConnectionReference
      MAIL_SENDER: postbox.outputs.sender
      OPERATOR_EMAIL: alertEmail
    }
  }
  // With its roles in place before the first start, the app never meets a key vault or a queue it may not read.
  dependsOn: [rbac]
}

module alerts 'app/alerts.bicep' = {
  scope: group
  params: {
    name: 'alert-${token}'
    location: location
    tags: tags
    email: alertEmail
    serviceBusNamespaceId: messaging.outputs.id
    deadLetterQueues: messaging.outputs.deadLetterQueues
    eventGridTopicIds: concat(eventGrid.outputs.systemTopicIds, eventGrid.outputs.topicIds)
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('The resource group of this environment.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app, as func and the GitHub action want it.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('Where the HTTP API answers.')
output API_URL string = functionApp.outputs.apiUrl

@description('Host name of the Service Bus namespace, for tools that sign in by identity.')
output SERVICE_BUS_NAMESPACE string = messaging.outputs.fullyQualifiedNamespace

@description('Host name of the Event Hubs namespace, for tools that sign in by identity.')
output EVENT_HUBS_NAMESPACE string = eventHubs.outputs.fullyQualifiedNamespace

@description('Storage account of the app. event-subscriptions.bicep asks for it.')
output STORAGE_ACCOUNT_NAME string = storage.outputs.name

@description('Prefix of the names of all Event Grid topics. event-subscriptions.bicep asks for it.')
output EVENT_GRID_NAME string = eventGridName
