// The Event Hubs namespace with the hubs and consumer groups of topology.json. Standard, because Basic has no groups of one's own.

@description('A consumer group of a hub in topology.json.')
type consumerGroupType = {
  name: string
}

@description('A hub of topology.json; its properties are named as in Microsoft.EventHub/namespaces/eventhubs.')
type hubType = {
  name: string
  properties: object
  consumerGroups: consumerGroupType[]
}

@description('Name of the namespace.')
param name string

@description('Region of the namespace.')
param location string

@description('Tags of the namespace.')
param tags object

@description('Hubs of topology.json.')
param hubs hubType[]

// Bicep has no loop in a loop over resources: the tree becomes one list.
var consumerGroups = flatten(map(hubs, (owner, ownerIndex) => map(owner.consumerGroups, item => {
  hubIndex: ownerIndex
  name: item.name
})))

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard', capacity: 1 }
  properties: {
    minimumTlsVersion: '1.2'
    disableLocalAuth: true
    isAutoInflateEnabled: true
    // A throughput unit and a partition take in 1 MB a second each: more units than partitions would be paid for in vain.
    maximumThroughputUnits: reduce(hubs, 0, (sum, item) => sum + item.properties.partitionCount)
  }
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2026-01-01' = [for item in hubs: {
  parent: namespace
  name: item.name
  properties: item.properties
}]

resource consumerGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2026-01-01' = [for item in consumerGroups: {
  parent: hub[item.hubIndex]
  name: item.name
}]

@description('Name of the namespace.')
output name string = namespace.name

@description('Host name that clients connect to.')
output fullyQualifiedNamespace string = '${namespace.name}.servicebus.windows.net'
