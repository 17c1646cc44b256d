metadata description = 'A private endpoint and its DNS zone for each service.'

@export()
@description('A service to be reached privately.')
type Target = {
  @description('The sub-resource, which also decides the DNS zone.')
  service: 'blob' | 'queue' | 'table' | 'Sql' | 'vault' | 'namespace' | 'sites' | 'scheduler'

  @description('The resource.')
  resourceId: string
}

@description('What the names begin with.')
param namePrefix string

@description('Region.')
param location string

@description('The network that resolves the names.')
param virtualNetworkId string

@description('The subnet of the endpoints.')
param subnetId string

@description('What is reached privately.')
param targets Target[]

@description('Tags.')
param tags { *: string }

var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  Sql: 'privatelink.documents.azure.com'
  vault: 'privatelink.vaultcore.azure.net'
  namespace: 'privatelink.servicebus.windows.net'
  sites: 'privatelink.azurewebsites.net'
  scheduler: 'privatelink.durabletask.io'
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: zoneNames[target.service]
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, i) in targets: {
    parent: zones[i]
    name: '${namePrefix}-${toLower(target.service)}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: virtualNetworkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2026-03-01' = [
  for target in targets: {
    name: '${namePrefix}-${toLower(target.service)}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.service
          properties: {
            privateLinkServiceId: target.resourceId
            groupIds: [target.service]
          }
        }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2026-03-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.service
          properties: { privateDnsZoneId: zones[i].id }
        }
      ]
    }
  }
]
