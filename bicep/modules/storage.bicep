metadata description = 'The storage that the functions host needs: leases, the published package, and the task hub if it lies here. No shared keys.'

@description('The account: 3 to 24 lower case letters and digits.')
param name string

@description('Region.')
param location string

@description('Whether it can be reached from outside the virtual network.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('true: durable runs keep their queues and tables here.')
param hostsTaskHub bool

@description('Principal that the app runs as.')
param principalId string

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Tags.')
param tags { *: string }

var deploymentContainer = 'packages'

// Storage Blob Data Owner: the host takes leases and makes containers.
var blobRoleId = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
// Storage Queue Data Contributor and Storage Table Data Contributor: the task hub.
var taskHubRoleIds = hostsTaskHub
  ? [
      '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
      '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
    ]
  : []

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: publicNetworkAccess
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource packages 'containers' = {
      name: deploymentContainer
      properties: { publicAccess: 'None' }
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: account::blobs
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource blobOwner 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, blobRoleId)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobRoleId)
  }
}

resource taskHubRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for roleId in taskHubRoleIds: {
    name: guid(account.id, principalId, roleId)
    scope: account
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    }
  }
]

@description('The account.')
output id string = account.id

@description('Its name.')
output name string = account.name

@description('The container that the published package lies in.')
output deploymentContainerName string = deploymentContainer
