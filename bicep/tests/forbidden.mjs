// What each rule is there to find: a rule that says nothing of its snippet has lost its way.
const good = `metadata description = 'd'\n`;
const resource = (type, body) => `${good}resource r '${type}' = {\n${body}\n}\n`;

export const forbidden = {
  Descriptions_EveryParameterOutputAndTypedField_HasOne: [`${good}param a string\noutput b string = a\n`, `param a string\n`, `${good}@description('t')\ntype T = {\n  a: string\n}\n`],
  ApiVersions_EveryResource_NamesAStableOne: [resource('Microsoft.Storage/storageAccounts@2099-01-01-preview', "  name: 'x'"), resource('Microsoft.Storage/storageAccounts', "  name: 'x'")],
  ApiVersions_OfOneProvider_AreTheSameEverywhere: [`${resource('A.B/c@2024-01-01', "  name: 'x'")}resource s 'A.B/c@2025-01-01' = {\n  name: 'y'\n}\n`],
  Keys_Nowhere_AreListedOrPutOut: [`${good}output k string = account.listKeys().keys[0].value\n`, `${good}output apiKey string = 'x'\n`, `${good}var c = 'AccountKey=abc'\n`, `${good}param adminPassword string\n`, `${good}var k = listKeys('x', '2024-01-01')\n`],
  SensitiveInputs_Everywhere_AreSecureParameters: [resource('Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15', "  properties: {\n    destination: {\n      properties: {\n        endpointUrl: 'https://a.example'\n      }\n    }\n  }")],
  LocalAuthentication_WhereverThereIsAny_IsOff: [resource('Microsoft.ServiceBus/namespaces@2024-01-01', '  properties: {\n    disableLocalAuth: false\n  }'), resource('Microsoft.Storage/storageAccounts@2024-01-01', '  properties: {}')],
  Tls_WhereverItIsChosen_Is12OrLater: [resource('Microsoft.Storage/storageAccounts@2024-01-01', "  properties: {\n    minimumTlsVersion: 'TLS1_0'\n  }")],
  PublicNetworkAccess_Everywhere_FollowsAParameter: [resource('Microsoft.KeyVault/vaults@2024-11-01', "  properties: {\n    publicNetworkAccess: 'Enabled'\n  }")],
  Diagnostics_EveryResourceThatLogs_SendsItsLogs: [resource('Microsoft.KeyVault/vaults@2024-11-01', "  name: 'x'")],
  Roles_EveryAssignment_IsNamedByGuidAndScopedAndLittle: [
    resource('Microsoft.Authorization/roleAssignments@2022-04-01', "  name: 'x'\n  scope: a\n  properties: {\n    principalType: 'User'\n  }"),
    resource('Microsoft.Authorization/roleAssignments@2022-04-01', "  name: guid('x')\n  properties: {\n    principalType: 'User'\n  }"),
    `${good}var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'\n`,
  ],
  Modules_EveryCall_PassesWhatTheModuleTakes: [`${good}module m 'modules/identity.bicep' = {\n  name: 'm'\n  params: {\n    name: 'x'\n  }\n}\n`, `${good}module m 'modules/nowhere.bicep' = {\n  name: 'm'\n}\n`],
  Modules_EveryOutputThatIsRead_Exists: [`${good}module m 'modules/identity.bicep' = {\n  name: 'm'\n}\nvar x = m.outputs.nothing\n`],
  Names_EverythingDeclared_IsUsed: [`${good}param a string\n`, `${good}var a = 1\n`, `${good}import { AppSettings } from 'types.bicep'\n`, `${good}resource a 'A.B/c@2024-01-01' existing = {\n  name: 'x'\n}\n`],
  Names_EverythingReferredTo_IsDeclared: [`${good}var a = nowhere\n`, `${good}var a = [for x in range(0, 3): y]\n`, `${good}var a = map([1], x => z)\n`],
  Imports_EveryType_IsExported: [`${good}import { NoSuchType } from 'types.bicep'\n`],
  Files_EveryLoadedOne_Exists: [`${good}var a = loadTextContent('nowhere.kql')\n`],
};
