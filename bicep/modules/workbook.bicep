metadata description = 'The dashboard: what comes in, what is due, what goes out, what it costs the database.'

@description('Its title.')
param displayName string

@description('Region.')
param location string

@description('The workspace it asks.')
param workspaceId string

@description('Tags.')
param tags { *: string }

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'loyalty-workbook')
  location: location
  kind: 'shared'
  tags: tags
  properties: {
    category: 'workbook'
    displayName: displayName
    serializedData: loadTextContent('workbook.json')
    sourceId: workspaceId
    version: 'Notebook/1.0'
  }
}
