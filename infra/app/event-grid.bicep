// The Event Grid topics of topology.json: what the storage account tells of, and what the app itself tells of. Who listens is
// decided in ../event-subscriptions.bicep, which runs after the app is deployed.

@description('A subscription of a topic in topology.json.')
type subscriptionType = {
  name: string
  function: string
  deadLetterContainer: string
  properties: object
}

@description('A system topic of topology.json.')
type systemTopicType = {
  name: string
  subscriptions: subscriptionType[]
}

@description('A topic of topology.json; its properties are named as in Microsoft.EventGrid/topics.')
type topicType = {
  name: string
  properties: object
  subscriptions: subscriptionType[]
}

@description('Prefix of the names of all topics.')
param name string

@description('Region of all topics; a system topic stands where its source does.')
param location string

@description('Tags of all topics.')
param tags object

@description('Resource id of the storage account whose blob events the system topics tell of.')
param storageAccountId string

@description('System topics of topology.json.')
param systemTopics systemTopicType[]

@description('Topics of topology.json. The app publishes to the first.')
param topics topicType[]

var subscriptions = concat(
  flatten(map(systemTopics, item => item.subscriptions)),
  flatten(map(topics, item => item.subscriptions))
)

// A topic has an identity of its own, by which it writes what it could not deliver to a container that has no key.
resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = [for item in systemTopics: {
  name: '${name}-${item.name}'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: storageAccountId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}]

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = [for item in topics: {
  name: '${name}-${item.name}'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    inputSchema: item.properties.inputSchema
    minimumTlsVersionAllowed: '1.2'
    disableLocalAuth: true
  }
}]

@description('Resource ids of the system topics.')
output systemTopicIds string[] = [for (item, index) in systemTopics: systemTopic[index].id]

@description('Resource ids of the topics.')
output topicIds string[] = [for (item, index) in topics: topic[index].id]

@description('Names of the topics that the app may publish to.')
output topicNames string[] = [for (item, index) in topics: topic[index].name]

@description('Where the app publishes its events.')
output topicEndpoint string = topic[0].properties.endpoint

@description('Principal ids of the system topics.')
output systemTopicPrincipalIds string[] = [for (item, index) in systemTopics: systemTopic[index].identity.principalId]

@description('Principal ids of the topics.')
output topicPrincipalIds string[] = [for (item, index) in topics: topic[index].identity.principalId]

@description('Containers that undeliverable events are written to.')
output deadLetterContainers string[] = union(map(subscriptions, item => item.deadLetterContainer), [])
