metadata description = 'Alerts: each names the runbook that says what to do.'

@description('The action group.')
param actionGroupName string

@description('Name of the environment, for the titles.')
param environmentName string

@description('Region.')
param location string

@description('Who gets a mail.')
param emails string[]

@description('The workspace that queries are asked of.')
param workspaceId string

@description('The Service Bus namespace.')
param serviceBusId string

@description('The Cosmos DB account.')
param cosmosId string

@description('Seconds that something may be due.')
param oldestDueSeconds int

@description('Tags.')
param tags { *: string }

var runbooks = 'docs/operations/runbooks.md'

var rules = [
  {
    name: 'oldest-due'
    title: 'something has been due for too long'
    runbook: '${runbooks}#stuck-runs'
    query: loadTextContent('../../infra/queries/oldest-due.kql')
    column: 'OldestSeconds'
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: oldestDueSeconds
    window: 'PT15M'
    severity: 1
  }
  {
    name: 'due-scan-silent'
    title: 'the due scan has not run for 15 minutes'
    runbook: '${runbooks}#the-due-scan-is-silent'
    query: loadTextContent('../../infra/queries/due-scan-silent.kql')
    column: 'Scans'
    aggregation: 'Total'
    operator: 'LessThan'
    threshold: 1
    window: 'PT15M'
    severity: 1
  }
  {
    name: 'stuck-runs'
    title: 'runs are stalled'
    runbook: '${runbooks}#stuck-runs'
    query: loadTextContent('../../infra/queries/stuck-runs.kql')
    column: 'Turns'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    severity: 2
  }
  {
    name: 'send-failures'
    title: 'more than one message in ten is not sent'
    runbook: '${runbooks}#messages-are-not-sent'
    query: loadTextContent('../../infra/queries/send-failures.kql')
    column: 'FailedPercent'
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT1H'
    severity: 2
  }
  {
    name: 'failed-requests'
    title: 'the app answers with errors'
    runbook: '${runbooks}#the-app-answers-with-errors'
    query: loadTextContent('../../infra/queries/failed-requests.kql')
    column: 'Requests'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 5
    window: 'PT15M'
    severity: 1
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'loyalty'
    emailReceivers: [
      for (email, i) in emails: {
        name: 'mail-${i}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource queryAlerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in rules: {
    name: 'loyalty-${environmentName}-${rule.name}'
    location: location
    kind: 'LogAlert'
    tags: tags
    properties: {
      displayName: 'Loyalty ${environmentName}: ${rule.title}'
      description: 'What to do: ${rule.runbook}'
      enabled: true
      severity: rule.severity
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.query
            metricMeasureColumn: rule.column
            timeAggregation: rule.aggregation
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroup.id] }
    }
  }
]

resource deadLetters 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'loyalty-${environmentName}-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'Messages lie in the dead letters. What to do: ${runbooks}#dead-letters'
    enabled: true
    severity: 2
    scopes: [serviceBusId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Maximum'
        }
      ]
    }
    actions: [{ actionGroupId: actionGroup.id }]
  }
}

resource throttled 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'loyalty-${environmentName}-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'Cosmos DB refuses requests (429). What to do: ${runbooks}#the-database-refuses-requests'
    enabled: true
    severity: 2
    scopes: [cosmosId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.DocumentDB/databaseAccounts'
          metricName: 'TotalRequests'
          dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
          operator: 'GreaterThan'
          threshold: 100
          timeAggregation: 'Count'
        }
      ]
    }
    actions: [{ actionGroupId: actionGroup.id }]
  }
}

@description('Who is told; the budget tells them too.')
output actionGroupId string = actionGroup.id
