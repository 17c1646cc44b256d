metadata description = 'Durable Task Scheduler with its task hub. It has no diagnostic settings; its metrics are platform metrics and its dashboard shows every instance.'

@description('The scheduler.')
param name string

@description('The task hub.')
param taskHubName string

@description('Region.')
param location string

@description('Consumption is paid by action, Dedicated by capacity unit.')
param sku 'Consumption' | 'Dedicated'

@description('Dedicated only: capacity units.')
param capacity int

@description('Addresses that may reach it, as CIDR.')
param ipAllowlist string[]

@description('Whether it, its dashboard too, can be reached from outside the virtual network.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('Principal that the app runs as.')
param principalId string

@description('Who may use the dashboard; empty: nobody.')
param operatorPrincipalId string

@description('What kind of principal the operator is.')
param operatorPrincipalType 'User' | 'Group' | 'ServicePrincipal'

@description('Tags.')
param tags { *: string }

// Durable Task Data Contributor
var roleId = '0ad04412-c4d5-4796-b79c-f76d14c8d402'

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    ipAllowlist: ipAllowlist
    publicNetworkAccess: publicNetworkAccess
    sku: sku == 'Dedicated' ? { name: 'Dedicated', capacity: capacity } : { name: 'Consumption' }
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: taskHubName
  properties: {}
}

// What is over says nothing that the run document does not say.
resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [
      { orchestrationState: 'Completed', retentionPeriodInDays: 3 }
      { orchestrationState: 'Terminated', retentionPeriodInDays: 7 }
      { orchestrationState: 'Failed', retentionPeriodInDays: 30 }
    ]
  }
}

resource appRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(taskHub.id, principalId, roleId)
  scope: taskHub
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}

resource operatorRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(taskHub.id, operatorPrincipalId, roleId)
  scope: taskHub
  properties: {
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}

@description('The scheduler.')
output id string = scheduler.id

@description('Where it answers.')
output endpoint string = scheduler.properties.endpoint
