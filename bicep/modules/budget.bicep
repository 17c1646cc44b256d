metadata description = 'Warns before the money is gone.'

@description('Its name.')
param name string

@description('Cost in a month, in the billing currency.')
param amount int

@description('First day of a month; it cannot be changed later.')
param startDate string

@description('Who is told.')
param actionGroupId string

@description('Who else is told.')
param emails string[]

var shares = [50, 80, 100]

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: name
  properties: {
    amount: amount
    category: 'Cost'
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: union(
      toObject(shares, share => 'actual${share}', share => {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: share
        thresholdType: 'Actual'
        contactEmails: emails
        contactGroups: [actionGroupId]
      }),
      {
        forecast100: {
          enabled: true
          operator: 'GreaterThanOrEqualTo'
          threshold: 100
          thresholdType: 'Forecasted'
          contactEmails: emails
          contactGroups: [actionGroupId]
        }
      }
    )
  }
}
