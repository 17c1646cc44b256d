metadata description = 'The virtual network: a subnet that the app leaves through, a subnet for private endpoints.'

@description('Its name.')
param name string

@description('Region.')
param location string

@description('Range of the network.')
param addressPrefix string

@description('Range of the subnet that the app leaves through.')
param appSubnetPrefix string

@description('Range of the subnet with the private endpoints.')
param endpointSubnetPrefix string

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Tags.')
param tags { *: string }

resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: appSubnetPrefix
          networkSecurityGroup: { id: closed.id }
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointSubnetPrefix
          networkSecurityGroup: { id: closed.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

// The default rules: open inside the network, closed from outside.
resource closed 'Microsoft.Network/networkSecurityGroups@2026-03-01' = {
  name: '${name}-nsg'
  location: location
  tags: tags
  properties: { securityRules: [] }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: network
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('The network.')
output virtualNetworkId string = network.id

@description('The subnet that the app leaves through.')
output appSubnetId string = network::app.id

@description('The subnet with the private endpoints.')
output endpointSubnetId string = network::endpoints.id
