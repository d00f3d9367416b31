// The Durable Task Scheduler, which keeps the sagas' histories and hands out their work.

@description('Name of the scheduler.')
param schedulerName string

@description('Name of the task hub in it.')
param taskHubName string

@description('Region of the scheduler.')
param location string

@description('Tags of the scheduler.')
param tags object

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: schedulerName
  location: location
  tags: tags
  properties: {
    sku: { name: 'Consumption' }
    // An address says nothing about a Flex Consumption app, whose addresses change: identity alone opens the hub.
    ipAllowlist: ['0.0.0.0/0']
  }

  resource taskHub 'taskHubs' = {
    name: taskHubName
  }
}

@description('Name of the scheduler.')
output schedulerName string = scheduler.name

@description('Name of the task hub.')
output taskHubName string = scheduler::taskHub.name

@description('Endpoint of the scheduler.')
output endpoint string = scheduler.properties.endpoint
