metadata description = 'Types of the parameter objects that main.bicep and its modules share.'

@export()
@description('The Cosmos DB account.')
type CosmosSettings = {
  @description('Serverless: paid by request unit, one region. Autoscale: paid by the hour, may have zones and further regions.')
  capacity: 'serverless' | 'autoscale'

  @description('Autoscale only: most request units per second of the container, 1000 or more in steps of 1000. The least that is paid for is a tenth of it.')
  @minValue(1000)
  maxThroughput: int

  @description('How far back a point in time can be restored.')
  backup: 'Continuous7Days' | 'Continuous30Days'

  @description('Copies in several availability zones; autoscale only.')
  zoneRedundant: bool

  @description('Autoscale only: regions that also hold the data and take over, in order. Empty: one region.')
  failoverRegions: string[]
}

@export()
@description('The Service Bus namespace.')
type ServiceBusSettings = {
  @description('Standard is paid by operation; Premium by messaging unit, and is the only one that private endpoints work with.')
  sku: 'Standard' | 'Premium'

  @description('Premium only: messaging units.')
  @minValue(1)
  messagingUnits: int
}

@export()
@description('The backend of durable runs.')
type DurableSettings = {
  @description('scheduler: Durable Task Scheduler. storage: queues and tables of the storage account; cheaper when little happens, about 250 steps/s.')
  backend: 'scheduler' | 'storage'

  @description('Scheduler only: Consumption is paid by action, Dedicated by capacity unit.')
  sku: 'Consumption' | 'Dedicated'

  @description('Dedicated only: capacity units; three make it zone-redundant.')
  @minValue(1)
  capacity: int

  @description('Scheduler only: addresses that may reach it, as CIDR. Access needs a role either way.')
  ipAllowlist: string[]
}

@export()
@description('The function app.')
type AppSettings = {
  @description('Memory of an instance.')
  instanceMemoryMB: 512 | 2048 | 4096

  @description('Most instances of one function or group. Each group and function scales for itself.')
  @minValue(1)
  @maxValue(1000)
  maximumInstanceCount: int

  @description('Instances of the HTTP group that are always warm: platforms give a webhook 5 s, a cold start takes up to 30 s. 0 costs nothing and loses deliveries that the platform does not repeat.')
  @minValue(0)
  alwaysReadyHttp: int

  @description('Requests that one instance handles at the same time.')
  @minValue(1)
  httpConcurrency: int
}

@export()
@description('Sending mail.')
type MailSettings = {
  @description('AzureManaged: a subdomain that Microsoft owns, ready at once, few mails. CustomerManaged: a domain of yours, to be verified by DNS records.')
  domainManagement: 'AzureManaged' | 'CustomerManaged'

  @description('CustomerManaged only: the domain, e.g. mail.shop.example. Otherwise empty.')
  domainName: string

  @description('Where Communication Services keep their data at rest, e.g. Europe or United States.')
  dataLocation: string

  @description('CustomerManaged only: the part of the sender before @.')
  senderUsername: string

  @description('Mails per minute the provider has granted; the program paces itself by it.')
  @minValue(1)
  quotaPerMinute: int

  @description('Mails per hour the provider has granted.')
  @minValue(1)
  quotaPerHour: int
}

@export()
@description('Logs, traces, alerts.')
type MonitoringSettings = {
  @description('Days that logs are kept and can be queried.')
  @minValue(30)
  @maxValue(730)
  retentionDays: int

  @description('Most gigabytes a day; above, nothing is taken in until the next day. -1: no limit.')
  dailyQuotaGb: int

  @description('Who is told of alerts.')
  alertEmails: string[]

  @description('Cost in a month, in the billing currency, at which the budget warns (half, 80 %, all, and all by forecast).')
  @minValue(1)
  monthlyBudget: int

  @description('First day of the month in which the budget begins, e.g. 2026-12-01. It cannot be changed later.')
  budgetStart: string

  @description('Seconds that something may be due before somebody is told.')
  @minValue(180)
  oldestDueAlertSeconds: int
}

@export()
@description('Networks.')
type NetworkSettings = {
  @description('true: a virtual network, private endpoints for storage, data, secrets and the backend of durable runs (its dashboard too), and no access to them from elsewhere.')
  isPrivate: bool

  @description('Private networks only. true: the app too is reached through a private endpoint alone, and a gateway of yours brings the webhooks. false: webhooks come from the internet.')
  isAppPrivate: bool

  @description('Range of the virtual network, /24 or larger.')
  addressPrefix: string

  @description('Range of the subnet that the function app leaves through, /27 or larger.')
  appSubnetPrefix: string

  @description('Range of the subnet with the private endpoints, /27 or larger.')
  endpointSubnetPrefix: string
}
