using '../../bicep/main.bicep'

// For trying things out: nothing runs while nothing happens, about what it costs is in docs/operations/cost.md.

param environmentName = 'dev'
param location = readEnvironmentVariable('LOYALTY_LOCATION', 'westeurope')
param operatorPrincipalId = readEnvironmentVariable('LOYALTY_OPERATOR_ID', '')
param signInClientId = readEnvironmentVariable('LOYALTY_SIGN_IN_CLIENT_ID', '')

param protectVault = false

param app = {
  instanceMemoryMB: 2048
  maximumInstanceCount: 40
  alwaysReadyHttp: 0
  httpConcurrency: 32
}

param cosmos = {
  capacity: 'serverless'
  maxThroughput: 1000
  backup: 'Continuous7Days'
  zoneRedundant: false
  failoverRegions: []
}

param serviceBus = { sku: 'Standard', messagingUnits: 1 }

param durable = {
  backend: 'scheduler'
  sku: 'Consumption'
  capacity: 1
  ipAllowlist: ['0.0.0.0/0']
}

param mail = {
  domainManagement: 'AzureManaged'
  domainName: ''
  dataLocation: 'Europe'
  senderUsername: 'donotreply'
  quotaPerMinute: 5
  quotaPerHour: 10
}

param monitoring = {
  retentionDays: 30
  dailyQuotaGb: 1
  alertEmails: []
  monthlyBudget: 50
  budgetStart: readEnvironmentVariable('LOYALTY_BUDGET_START', '2026-12-01')
  oldestDueAlertSeconds: 600
}

param network = {
  isPrivate: false
  isAppPrivate: false
  addressPrefix: '10.40.0.0/24'
  appSubnetPrefix: '10.40.0.0/26'
  endpointSubnetPrefix: '10.40.0.64/26'
}
