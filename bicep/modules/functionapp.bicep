metadata description = 'The function app on Flex Consumption: .NET 10 isolated, everything by identity.'

import { AppSettings } from '../types.bicep'

@description('The app.')
param name string

@description('Its plan.')
param planName string

@description('Region.')
param location string

@description('Memory, scale, warm instances.')
param app AppSettings

@description('The user-assigned identity that the app runs as.')
param identityName string

@description('Storage of host and package.')
param storageAccountName string

@description('Container of the package.')
param deploymentContainerName string

@description('Application Insights component.')
param applicationInsightsName string

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Whether webhooks come from the internet.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('Subnet that it leaves through; empty: none.')
param virtualNetworkSubnetId string

@description('The vault, with a slash at the end.')
param vaultUri string

@description('Settings whose values are secrets of the vault.')
param vaultSettings string[]

@description('Settings of the program and of its triggers.')
param settings { *: string }

@description('Client id of the registration in Entra ID whose tokens let people in; empty: keys only.')
param signInClientId string

@description('Tags.')
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: storageAccountName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  kind: 'functionapp'
  tags: tags
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  // azd finds the app by this tag.
  tags: union(tags, { 'azd-service-name': 'functions' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: empty(virtualNetworkSubnetId) ? null : virtualNetworkSubnetId
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: app.instanceMemoryMB
        maximumInstanceCount: app.maximumInstanceCount
        alwaysReady: app.alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: app.alwaysReadyHttp }] : []
        triggers: { http: { perInstanceConcurrency: app.httpConcurrency } }
      }
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        // The host's own connections: names of resources and of the identity, no key.
        AZURE_CLIENT_ID: identity.properties.clientId
        AzureWebJobsStorage__accountName: storage.name
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.properties.clientId
        ServiceBus__credential: 'managedidentity'
        ServiceBus__clientId: identity.properties.clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        // What the links of letters lead to.
        Links__Url: 'https://${site.properties.defaultHostName}/api'
        // What is known of people is sealed under this key; modules/keyvault.bicep makes it.
        Privacy__MasterKey: 'keyvault:${vaultUri}keys/personal-data'
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      },
      settings,
      toObject(
        vaultSettings,
        setting => setting,
        setting => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(setting, '__', '--')})'
      )
    )
  }

  // Requests without a token go on as before: webhooks, links and keys are the program's own to check, and it refuses everybody else. Only tokens in a header
  // are taken, so there is no secret, no session and no page to sign in.
  resource signIn 'config' = if (!empty(signInClientId)) {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true, runtimeVersion: '~1' }
      globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
      httpSettings: { requireHttps: true }
      login: { tokenStore: { enabled: false } }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: signInClientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: { allowedAudiences: [signInClientId, 'api://${signInClientId}'] }
        }
      }
    }
  }

  resource noFtpPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScmPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: site
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    // Logs of functions go to Application Insights; twice would be paid twice.
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('The app.')
output id string = site.id

@description('Its name.')
output name string = site.name

@description('Where it answers, without a slash at the end.')
output url string = 'https://${site.properties.defaultHostName}'
