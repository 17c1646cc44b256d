targetScope = 'subscription'

metadata name = 'Loyalty Functions'
metadata description = 'Everything that the loyalty program runs on: one resource group, one identity, no key anywhere.'

import { AppSettings, CosmosSettings, DurableSettings, MailSettings, MonitoringSettings, NetworkSettings, ServiceBusSettings } from 'types.bicep'

@description('Name of the environment: part of every name and tag, e.g. dev or prod. Lower case letters and digits.')
@minLength(2)
@maxLength(8)
param environmentName string

@description('Region of every resource that has one.')
param location string = deployment().location

@description('A run that waits longer leaves the durable engine; d.hh:mm:ss, from 1 minute to 2 days.')
param parkLongerThan string = '1.00:00:00'

@description('The function app.')
param app AppSettings

@description('The Cosmos DB account.')
param cosmos CosmosSettings

@description('The Service Bus namespace.')
param serviceBus ServiceBusSettings

@description('The backend of durable runs.')
param durable DurableSettings

@description('Sending mail.')
param mail MailSettings

@description('Logs, traces, alerts.')
param monitoring MonitoringSettings

@description('Networks.')
param network NetworkSettings

@description('Settings of the app whose values are secrets in the vault, by their names: Connectors__Shopify__Secrets__0 is the secret Connectors--Shopify--Secrets--0. Put the values there before the app starts: infra/deploy does.')
param vaultSettings string[] = [
  'Keys__Admin'
  'Keys__Marketer'
  'Keys__Operator'
  'Keys__Support'
  'Keys__Integration'
  'Connectors__Shopify__Secrets__0'
  'Connectors__Standard__Secrets__0'
  'Connectors__EventGrid__Secrets__0'
  'Links__Keys__0'
  'Me__Keys__0'
]

@description('true: a deleted vault can be recovered for 90 days and not be purged, by nobody. It cannot be switched off again.')
param protectVault bool = true

@description('Who may write secrets and look at data: object id of a user or group in Entra ID. Empty: nobody is added.')
param operatorPrincipalId string = ''

@description('What kind of principal the operator is.')
param operatorPrincipalType 'User' | 'Group' | 'ServicePrincipal' = 'User'

@description('Client id of an app registration in Entra ID whose app roles (Admin, Marketer, Operator, Support, Integration) let people in by their token. Empty: keys only.')
param signInClientId string = ''

@description('Further tags.')
param tags { *: string } = {}

var token = uniqueString(subscription().id, environmentName, location)
var allTags = union(tags, { application: 'loyalty-functions', 'azd-env-name': environmentName })
var publicNetworkAccess = network.isPrivate ? 'Disabled' : 'Enabled'
var usesScheduler = durable.backend == 'scheduler'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-loyalty-${environmentName}'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'loyalty-identity'
  scope: group
  params: {
    name: 'id-loyalty-${environmentName}'
    location: location
    tags: allTags
  }
}

module logs 'modules/monitoring.bicep' = {
  name: 'loyalty-monitoring'
  scope: group
  params: {
    workspaceName: 'log-loyalty-${environmentName}-${token}'
    applicationInsightsName: 'appi-loyalty-${environmentName}-${token}'
    location: location
    retentionDays: monitoring.retentionDays
    dailyQuotaGb: monitoring.dailyQuotaGb
    publisherPrincipalId: identity.outputs.principalId
    tags: allTags
  }
}

module net 'modules/network.bicep' = if (network.isPrivate) {
  name: 'loyalty-network'
  scope: group
  params: {
    name: 'vnet-loyalty-${environmentName}'
    location: location
    addressPrefix: network.addressPrefix
    appSubnetPrefix: network.appSubnetPrefix
    endpointSubnetPrefix: network.endpointSubnetPrefix
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'loyalty-storage'
  scope: group
  params: {
    name: 'st${environmentName}${token}'
    location: location
    publicNetworkAccess: publicNetworkAccess
    hostsTaskHub: !usesScheduler
    principalId: identity.outputs.principalId
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module bus 'modules/servicebus.bicep' = {
  name: 'loyalty-servicebus'
  scope: group
  params: {
    name: 'sb-loyalty-${environmentName}-${token}'
    location: location
    sku: serviceBus.sku
    messagingUnits: serviceBus.messagingUnits
    publicNetworkAccess: network.isPrivate && serviceBus.sku == 'Premium' ? 'Disabled' : 'Enabled'
    principalId: identity.outputs.principalId
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module data 'modules/cosmos.bicep' = {
  name: 'loyalty-cosmos'
  scope: group
  params: {
    name: 'cosmos-loyalty-${environmentName}-${token}'
    location: location
    settings: cosmos
    publicNetworkAccess: publicNetworkAccess
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module scheduler 'modules/durabletask.bicep' = if (usesScheduler) {
  name: 'loyalty-durabletask'
  scope: group
  params: {
    name: 'dts-loyalty-${environmentName}-${token}'
    taskHubName: 'loyalty'
    location: location
    sku: durable.sku
    capacity: durable.capacity
    ipAllowlist: durable.ipAllowlist
    publicNetworkAccess: publicNetworkAccess
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    tags: allTags
  }
}

module post 'modules/communication.bicep' = {
  name: 'loyalty-communication'
  scope: group
  params: {
    communicationName: 'acs-loyalty-${environmentName}-${token}'
    emailName: 'email-loyalty-${environmentName}-${token}'
    systemTopicName: 'evgt-loyalty-${environmentName}-${token}'
    mail: mail
    principalId: identity.outputs.principalId
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module vault 'modules/keyvault.bicep' = {
  name: 'loyalty-keyvault'
  scope: group
  params: {
    name: 'kv${environmentName}${token}'
    location: location
    publicNetworkAccess: publicNetworkAccess
    isProtected: protectVault
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module endpoints 'modules/privateEndpoints.bicep' = if (network.isPrivate) {
  name: 'loyalty-private-endpoints'
  scope: group
  params: {
    namePrefix: 'pe-loyalty-${environmentName}'
    location: location
    virtualNetworkId: network.isPrivate ? net!.outputs.virtualNetworkId : ''
    subnetId: network.isPrivate ? net!.outputs.endpointSubnetId : ''
    targets: concat(
      [
        { service: 'blob', resourceId: storage.outputs.id }
        { service: 'Sql', resourceId: data.outputs.id }
        { service: 'vault', resourceId: vault.outputs.id }
      ],
      usesScheduler
        ? [{ service: 'scheduler', resourceId: scheduler!.outputs.id }]
        : [
            { service: 'queue', resourceId: storage.outputs.id }
            { service: 'table', resourceId: storage.outputs.id }
          ],
      serviceBus.sku == 'Premium' ? [{ service: 'namespace', resourceId: bus.outputs.id }] : [],
      network.isAppPrivate ? [{ service: 'sites', resourceId: functions.outputs.id }] : []
    )
    tags: allTags
  }
}

module functions 'modules/functionapp.bicep' = {
  name: 'loyalty-functionapp'
  scope: group
  params: {
    name: 'func-loyalty-${environmentName}-${token}'
    planName: 'plan-loyalty-${environmentName}'
    location: location
    app: app
    identityName: identity.outputs.name
    storageAccountName: storage.outputs.name
    deploymentContainerName: storage.outputs.deploymentContainerName
    applicationInsightsName: logs.outputs.applicationInsightsName
    logAnalyticsWorkspaceId: logs.outputs.workspaceId
    publicNetworkAccess: network.isPrivate && network.isAppPrivate ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: network.isPrivate ? net!.outputs.appSubnetId : ''
    signInClientId: signInClientId
    vaultUri: vault.outputs.uri
    vaultSettings: vaultSettings
    settings: union(
      {
        Store: 'cosmos:${data.outputs.endpoint}'
        Bus: 'servicebus:${bus.outputs.name}'
        Mail: 'acs:${post.outputs.endpoint}'
        ServiceBus__fullyQualifiedNamespace: bus.outputs.fullyQualifiedNamespace
        Durable__ParkLongerThan: parkLongerThan
        Quota__Email__PerMinute: string(mail.quotaPerMinute)
        Quota__Email__PerHour: string(mail.quotaPerHour)
        TASKHUB_NAME: 'loyalty'
      },
      usesScheduler
        ? {
            DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identity.outputs.clientId}'
          }
        : {
            AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'AzureStorage'
            AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionName: 'AzureWebJobsStorage'
            AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'AzureWebJobsStorage'
          }
    )
    tags: allTags
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'loyalty-alerts'
  scope: group
  params: {
    actionGroupName: 'ag-loyalty-${environmentName}'
    environmentName: environmentName
    location: location
    emails: monitoring.alertEmails
    workspaceId: logs.outputs.workspaceId
    serviceBusId: bus.outputs.id
    cosmosId: data.outputs.id
    oldestDueSeconds: monitoring.oldestDueAlertSeconds
    tags: allTags
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'loyalty-workbook'
  scope: group
  params: {
    displayName: 'Loyalty ${environmentName}'
    location: location
    workspaceId: logs.outputs.workspaceId
    tags: allTags
  }
}

module budget 'modules/budget.bicep' = {
  name: 'loyalty-budget'
  scope: group
  params: {
    name: 'budget-loyalty-${environmentName}'
    amount: monitoring.monthlyBudget
    startDate: monitoring.budgetStart
    actionGroupId: alerts.outputs.actionGroupId
    emails: monitoring.alertEmails
  }
}

@description('The resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app.')
output FUNCTION_APP_NAME string = functions.outputs.name

@description('Where the app answers: https, without a slash at the end.')
output FUNCTION_APP_URL string = functions.outputs.url

@description('The vault that the app reads its secrets from.')
output KEY_VAULT_NAME string = vault.outputs.name

@description('The Cosmos DB account.')
output COSMOS_ACCOUNT_NAME string = data.outputs.name

@description('The Service Bus namespace.')
output SERVICE_BUS_NAME string = bus.outputs.name

@description('The topic that delivery reports come from; bicep/deliveryReports.bicep subscribes to it after the app is published.')
output SYSTEM_TOPIC_NAME string = post.outputs.systemTopicName

@description('The domain that mails are sent from: program.yaml names a sender in it.')
output MAIL_DOMAIN string = post.outputs.senderDomain

@description('The Log Analytics workspace.')
output LOG_ANALYTICS_WORKSPACE_ID string = logs.outputs.workspaceId
