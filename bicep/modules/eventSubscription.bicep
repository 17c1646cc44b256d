metadata description = 'What the mail service tells of messages goes to the app, each delivery with a secret of ours: Event Grid signs nothing.'

@description('The system topic.')
param systemTopicName string

@description('Where the app takes reports. Event Grid counts addresses as secrets, since others put one in them.')
@secure()
param endpointUrl string

@description('What every delivery carries in X-Loyalty-Secret.')
@secure()
param secret string

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
        endpointUrl: endpointUrl
        maxEventsPerBatch: 50
        preferredBatchSizeInKilobytes: 64
        deliveryAttributeMappings: [
          {
            name: 'X-Loyalty-Secret'
            type: 'Static'
            properties: {
              value: secret
              isSecret: true
            }
          }
        ]
      }
    }
    filter: {
      includedEventTypes: [
        'Microsoft.Communication.EmailDeliveryReportReceived'
        'Microsoft.Communication.EmailEngagementTrackingReportReceived'
      ]
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
  }
}
