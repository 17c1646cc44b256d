metadata description = 'The vault with the secrets of webhooks and the keys of the HTTP API. Values are put there by infra/deploy, never by a template.'

@description('Its name: 3 to 24 letters, digits, dashes.')
param name string

@description('Region.')
param location string

@description('Whether it can be reached from outside the virtual network.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('true: nobody can purge it; it cannot be switched off again.')
param isProtected bool

@description('Principal that the app runs as.')
param principalId string

@description('Who may write secrets; empty: nobody.')
param operatorPrincipalId string

@description('What kind of principal the operator is.')
param operatorPrincipalType 'User' | 'Group' | 'ServicePrincipal'

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Tags.')
param tags { *: string }

// Key Vault Secrets User
var readerRoleId = '4633458b-17de-408a-874b-0445c86b69e6'
// Key Vault Secrets Officer
var writerRoleId = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'

// Key Vault Crypto User
var cryptoRoleId = '12338af0-0e69-4776-bea7-57ae8d297424'

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // deliveryReports.bicep hands a secret on to Event Grid without anybody seeing it.
    enabledForTemplateDeployment: true
    // false is refused: unprotected is not said.
    enablePurgeProtection: isProtected ? true : null
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: vault
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource appReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, readerRoleId)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', readerRoleId)
  }
}

// The key above the keys of people (docs/operations/privacy.md). A newer version may be made at any time; no old one may be deleted.
resource personalData 'Microsoft.KeyVault/vaults/keys@2026-05-15' = {
  parent: vault
  name: 'personal-data'
  tags: tags
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
  }
}

resource appWraps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, cryptoRoleId)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cryptoRoleId)
  }
}

resource operatorWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(vault.id, operatorPrincipalId, writerRoleId)
  scope: vault
  properties: {
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', writerRoleId)
  }
}

@description('The vault.')
output id string = vault.id

@description('Its name.')
output name string = vault.name

@description('Where it answers, with a slash at the end.')
output uri string = vault.properties.vaultUri
