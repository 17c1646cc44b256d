metadata description = 'Reports of the mail service to the app. A second deployment, after the app is published: Event Grid asks a webhook when the subscription is made.'

@description('The system topic, an output of main.bicep.')
param systemTopicName string

@description('Where the app answers, an output of main.bicep.')
param functionAppUrl string

@description('The vault with the secret that every delivery carries, an output of main.bicep.')
param keyVaultName string

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: keyVaultName
}

module subscription 'modules/eventSubscription.bicep' = {
  name: 'loyalty-event-subscription'
  params: {
    systemTopicName: systemTopicName
    endpointUrl: '${functionAppUrl}/api/webhooks/eventgrid'
    secret: vault.getSecret('Connectors--EventGrid--Secrets--0')
  }
}
