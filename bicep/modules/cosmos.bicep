metadata description = 'The state: one database, one container, one partition key. No keys; restored to any second of the last days.'

import { CosmosSettings } from '../types.bicep'

@description('The account.')
param name string

@description('Region that is written to.')
param location string

@description('Capacity, backup, zones, regions.')
param settings CosmosSettings

@description('Whether it can be reached from outside the virtual network.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('Principal that the app runs as.')
param principalId string

@description('Who may read the data; empty: nobody.')
param operatorPrincipalId string

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Tags.')
param tags { *: string }

var isServerless = settings.capacity == 'serverless'
var databaseName = 'loyalty'

// As src/Loyalty.Storage.Cosmos/Containers.cs has them; a test compares.
var containers = [
  {
    name: 'state'
    partitionKey: '/pk'
    defaultTtl: -1
    includedPaths: ['/wakeAt/?', '/kind/?', '/pk/?']
    excludedPaths: ['/*']
  }
]

// Serverless accounts have one region.
var regions = concat([location], isServerless ? [] : settings.failoverRegions)

resource account 'Microsoft.DocumentDB/databaseAccounts@2026-03-15' = {
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: isServerless ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    locations: [
      for (region, priority) in regions: {
        locationName: region
        failoverPriority: priority
        isZoneRedundant: !isServerless && settings.zoneRedundant
      }
    ]
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: settings.backup }
    }
    disableKeyBasedMetadataWriteAccess: true
    disableLocalAuth: true
    enableAutomaticFailover: length(regions) > 1
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2026-03-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: { id: databaseName }
  }
}

resource state 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2026-03-15' = [
  for container in containers: {
    parent: database
    name: container.name
    properties: {
      options: isServerless ? {} : { autoscaleSettings: { maxThroughput: settings.maxThroughput } }
      resource: {
        id: container.name
        partitionKey: { kind: 'Hash', paths: [container.partitionKey], version: 2 }
        defaultTtl: container.defaultTtl
        indexingPolicy: {
          automatic: true
          indexingMode: 'consistent'
          includedPaths: map(container.includedPaths, path => { path: path })
          excludedPaths: map(container.excludedPaths, path => { path: path })
        }
      }
    }
  }
]

resource contributor 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2026-03-15' existing = {
  parent: account
  // Built in: data, no management.
  name: '00000000-0000-0000-0000-000000000002'
}

resource reader 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2026-03-15' existing = {
  parent: account
  // Built in: reading data.
  name: '00000000-0000-0000-0000-000000000001'
}

resource appData 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2026-03-15' = {
  parent: account
  name: guid(account.id, principalId, contributor.id)
  properties: {
    principalId: principalId
    roleDefinitionId: contributor.id
    scope: '${account.id}/dbs/${databaseName}'
  }
  dependsOn: [database]
}

resource operatorData 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2026-03-15' = if (!empty(operatorPrincipalId)) {
  parent: account
  name: guid(account.id, operatorPrincipalId, reader.id)
  properties: {
    principalId: operatorPrincipalId
    roleDefinitionId: reader.id
    scope: '${account.id}/dbs/${databaseName}'
  }
  dependsOn: [database]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: account
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'ControlPlaneRequests', enabled: true }
      { category: 'PartitionKeyRUConsumption', enabled: true }
    ]
    metrics: [{ category: 'Requests', enabled: true }]
  }
}

@description('The account.')
output id string = account.id

@description('Its name.')
output name string = account.name

@description('Where it answers.')
output endpoint string = account.properties.documentEndpoint
