metadata description = 'Communication Services with a mail domain, and the topic that delivery reports come from. No keys.'

import { MailSettings } from '../types.bicep'

@description('The Communication Services resource.')
param communicationName string

@description('The Email Communication Services resource.')
param emailName string

@description('The Event Grid system topic.')
param systemTopicName string

@description('The domain and where data lies.')
param mail MailSettings

@description('Principal that the app runs as.')
param principalId string

@description('Where its logs go.')
param logAnalyticsWorkspaceId string

@description('Tags.')
param tags { *: string }

var isCustom = mail.domainManagement == 'CustomerManaged'

// Communication and Email Service Owner: the least built-in role that may send by identity.
var roleId = '09976791-48a7-449e-bb21-39d1a415f350'

resource email 'Microsoft.Communication/emailServices@2026-03-18' = {
  name: emailName
  location: 'global'
  tags: tags
  properties: { dataLocation: mail.dataLocation }
}

resource domain 'Microsoft.Communication/emailServices/domains@2026-03-18' = {
  parent: email
  name: isCustom ? mail.domainName : 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: mail.domainManagement
    // Opens and clicks are counted by our own links, and only where the customer agreed.
    userEngagementTracking: 'Disabled'
  }
}

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2026-03-18' = if (isCustom) {
  parent: domain
  name: mail.senderUsername
  properties: {
    username: mail.senderUsername
    displayName: mail.senderUsername
  }
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' = {
  name: communicationName
  location: 'global'
  tags: tags
  properties: {
    dataLocation: mail.dataLocation
    disableLocalAuth: true
    linkedDomains: [domain.id]
  }
}

resource reports 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: systemTopicName
  location: 'global'
  tags: tags
  properties: {
    source: communication.id
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: communication
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource topicDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: reports
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource mailer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(communication.id, principalId, roleId)
  scope: communication
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}

@description('Where mails are handed over.')
output endpoint string = 'https://${communication.properties.hostName}'

@description('The domain that mails are sent from.')
output senderDomain string = domain.properties.fromSenderDomain

@description('The topic that delivery reports come from.')
output systemTopicName string = reports.name
