// The Service Bus namespace with the queues, topics, subscriptions and rules of topology.json. Properties pass through as they
// stand there. Standard, because Basic has no topics.

@description('A queue of topology.json; its properties are named as in Microsoft.ServiceBus/namespaces/queues.')
type queueType = {
  name: string
  properties: object
}

@description('A rule of a subscription in topology.json.')
type ruleType = {
  name: string
  properties: object
}

@description('A subscription of a topic in topology.json.')
type subscriptionType = {
  name: string
  properties: object
  rules: ruleType[]
}

@description('A topic of topology.json.')
type topicType = {
  name: string
  properties: object
  subscriptions: subscriptionType[]
}

@description('Name of the namespace.')
param name string

@description('Region of the namespace.')
param location string

@description('Tags of the namespace.')
param tags object

@description('Queues of topology.json.')
param queues queueType[]

@description('Topics of topology.json.')
param topics topicType[]

// The service refuses an entity that forwards to one that does not exist yet, and a loop gives no order. Hence two passes:
// first the queues that forward nowhere, then those that forward to them. Subscriptions come last and may forward to any queue.
var collectingQueues = filter(queues, item => !contains(item.properties, 'forwardDeadLetteredMessagesTo'))
var forwardingQueues = filter(queues, item => contains(item.properties, 'forwardDeadLetteredMessagesTo'))

// Bicep has no loop in a loop over resources: the tree becomes one list of subscriptions and one of rules.
var subscriptions = flatten(map(topics, (owner, ownerIndex) => map(owner.subscriptions, item => {
  topicIndex: ownerIndex
  name: item.name
  properties: item.properties
  rules: item.rules
})))
var rules = flatten(map(subscriptions, (owner, ownerIndex) => map(owner.rules, item => {
  subscriptionIndex: ownerIndex
  name: item.name
  properties: item.properties
})))

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard' }
  properties: {
    minimumTlsVersion: '1.2'
    disableLocalAuth: true
  }
}

resource collectingQueue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [for item in collectingQueues: {
  parent: namespace
  name: item.name
  properties: item.properties
}]

resource forwardingQueue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [for item in forwardingQueues: {
  parent: namespace
  name: item.name
  properties: item.properties
  dependsOn: [collectingQueue]
}]

resource topic 'Microsoft.ServiceBus/namespaces/topics@2026-01-01' = [for item in topics: {
  parent: namespace
  name: item.name
  properties: item.properties
}]

resource topicSubscription 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2026-01-01' = [for item in subscriptions: {
  parent: topic[item.topicIndex]
  name: item.name
  properties: item.properties
  dependsOn: [collectingQueue, forwardingQueue]
}]

// Azure gives a new subscription the rule $Default, which lets every message through. Closed, it leaves the choice to the rules below.
resource closedDefaultRule 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2026-01-01' = [for (item, index) in subscriptions: {
  parent: topicSubscription[index]
  name: '$Default'
  properties: { filterType: 'SqlFilter', sqlFilter: { sqlExpression: '1=0' } }
}]

resource rule 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2026-01-01' = [for item in rules: {
  parent: topicSubscription[item.subscriptionIndex]
  name: item.name
  properties: item.properties
}]

@description('Name of the namespace.')
output name string = namespace.name

@description('Resource id of the namespace.')
output id string = namespace.id

@description('Host name that clients connect to.')
output fullyQualifiedNamespace string = '${namespace.name}.servicebus.windows.net'

@description('The queues that collect the dead letters of others.')
output deadLetterQueues string[] = union(map(forwardingQueues, item => string(item.properties.forwardDeadLetteredMessagesTo)), [])
