// The mail service, with a sender domain that Azure owns and verifies: good for a start, limited to some mails an hour.

@description('Name of the communication service; its mail part adds -mail.')
param name string

@description('Where mails are kept at rest.')
param dataLocation string

@description('Tags of all resources here.')
param tags object

resource emailService 'Microsoft.Communication/emailServices@2026-03-18' = {
  name: '${name}-mail'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }

  resource domain 'domains' = {
    name: 'AzureManagedDomain'
    location: 'global'
    tags: tags
    properties: { domainManagement: 'AzureManaged' }
  }
}

resource communicationService 'Microsoft.Communication/communicationServices@2026-03-18' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: [emailService::domain.id]
  }
}

@description('Name of the communication service.')
output communicationServiceName string = communicationService.name

@description('Address that mails come from.')
output sender string = 'DoNotReply@${emailService::domain.properties.fromSenderDomain}'
