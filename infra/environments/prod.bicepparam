using '../../bicep/main.bicep'

// A shop that earns money: warm webhooks, zones, thirty days of restore, a domain of its own.

param environmentName = 'prod'
param location = readEnvironmentVariable('LOYALTY_LOCATION', 'westeurope')
param operatorPrincipalId = readEnvironmentVariable('LOYALTY_OPERATOR_ID', '')
param operatorPrincipalType = 'Group'
param signInClientId = readEnvironmentVariable('LOYALTY_SIGN_IN_CLIENT_ID', '')

param app = {
  instanceMemoryMB: 2048
  maximumInstanceCount: 100
  alwaysReadyHttp: 1
  httpConcurrency: 32
}

param cosmos = {
  capacity: 'autoscale'
  maxThroughput: 4000
  backup: 'Continuous30Days'
  zoneRedundant: true
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
  domainManagement: 'CustomerManaged'
  domainName: readEnvironmentVariable('LOYALTY_MAIL_DOMAIN', 'mail.shop.example')
  dataLocation: 'Europe'
  senderUsername: 'loyalty'
  quotaPerMinute: 30
  quotaPerHour: 100
}

param monitoring = {
  retentionDays: 90
  dailyQuotaGb: 5
  alertEmails: [readEnvironmentVariable('LOYALTY_ALERT_EMAIL', 'operations@shop.example')]
  monthlyBudget: 500
  budgetStart: readEnvironmentVariable('LOYALTY_BUDGET_START', '2026-12-01')
  oldestDueAlertSeconds: 600
}

param network = {
  isPrivate: false
  isAppPrivate: false
  addressPrefix: '10.41.0.0/24'
  appSubnetPrefix: '10.41.0.0/26'
  endpointSubnetPrefix: '10.41.0.64/26'
}
