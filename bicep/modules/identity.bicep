metadata description = 'The identity that the app does everything as.'

@description('Its name.')
param name string

@description('Its region.')
param location string

@description('Tags.')
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Its name.')
output name string = identity.name

@description('What roles are given to.')
output principalId string = identity.properties.principalId

@description('What the app names when it signs in.')
output clientId string = identity.properties.clientId
