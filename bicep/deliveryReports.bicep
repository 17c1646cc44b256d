metadata description = 'Delivery reports to the app. A second deployment, after the app is published: Event Grid validates a webhook when the subscription is made.'

@description('The system topic, an output of main.bicep.')
param systemTopicName string

@description('Where the app answers, an output of main.bicep.')
param functionAppUrl string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

resource reports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'delivery-reports'
  properties: {
    // CloudEvents: the handshake is an OPTIONS request.
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: '${functionAppUrl}/api/webhooks/eventgrid'
        maxEventsPerBatch: 50
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived']
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
  }
}
