metadata description = 'The queue of accepted events: sessions, duplicate detection, dead letters. No keys.'

@description('The namespace.')
param name string

@description('Region.')
param location string

@description('Pricing tier.')
param sku 'Standard' | 'Premium'

@description('Premium only: messaging units.')
param messagingUnits int

@description('Whether it can be reached from outside the virtual network.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('Principal that the app runs as.')
param principalId string

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Tags.')
param tags { *: string }

// Azure Service Bus Data Owner on the queue alone: sending, receiving, and the queue's length, which scaling by the backlog reads with the
// manage right; with less it only sees whether there is any message.
var queueRoleId = '090c5cfd-751d-490a-894a-3ce6f1109419'

resource busNamespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: sku == 'Premium' ? { name: 'Premium', tier: 'Premium', capacity: messagingUnits } : { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource customerEvents 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = {
  parent: busNamespace
  name: 'customer-events'
  properties: {
    // Sessions and duplicate detection cannot be changed later.
    requiresSession: true
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'PT1H'
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
    maxSizeInMegabytes: 5120
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: busNamespace
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource owner 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(customerEvents.id, principalId, queueRoleId)
  scope: customerEvents
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueRoleId)
  }
}

@description('The namespace.')
output id string = busNamespace.id

@description('Its name.')
output name string = busNamespace.name

@description('Its host.')
output fullyQualifiedNamespace string = '${busNamespace.name}.servicebus.windows.net'
