// The rules of this repository's templates. Each takes the templates and answers findings: none is good.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { children, filesBelow, nodes, property, propertyNames, text } from './tree.mjs';

const bicep = templates => templates.filter(one => !one.using);
const parameterFiles = templates => templates.filter(one => one.using);
const at = (template, line, what) => `${template.path}:${line}: ${what}`;
const each = (templates, kind, finding) => bicep(templates).flatMap(template => template.of(kind)
  .flatMap(one => [finding(one, template) ?? []].flat().map(what => at(template, one.line, what))));
const created = templates => bicep(templates).flatMap(template => template.of('resource').filter(one => !one.isExisting).map(resource => ({ template, resource })));
const ofType = (templates, type) => created(templates).filter(one => one.resource.type === type);
const string = node => (node?.type === 'string' ? text(node) : undefined);
const deep = (object, ...path) => path.reduce((value, name) => property(value, name), object);

/** The stable version of diagnosticSettings is of 2016 and knows neither categories nor log tables. */
const previewAllowed = ['Microsoft.Insights/diagnosticSettings@2021-05-01-preview'];

/** Resource types that send logs, and so have diagnostic settings. */
const diagnosed = ['Microsoft.Storage/storageAccounts', 'Microsoft.ServiceBus/namespaces', 'Microsoft.DocumentDB/databaseAccounts', 'Microsoft.KeyVault/vaults',
  'Microsoft.Communication/communicationServices', 'Microsoft.EventGrid/systemTopics', 'Microsoft.Web/sites', 'Microsoft.Network/virtualNetworks', 'Microsoft.OperationalInsights/workspaces'];

/** Owner, Contributor, User Access Administrator: never the app's. */
const tooMuch = ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'b24988ac-6180-42a0-ab88-20f7382dd24c', '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'];

/** What the resource types call sensitive: the linter warns (use-secure-value-for-secure-inputs) of anything but a @secure() parameter. */
const sensitive = { 'Microsoft.EventGrid/systemTopics/eventSubscriptions': ['destination', 'properties', 'endpointUrl'] };

const functionsOfBicep = new Set(('any array base64 bool cidrHost cidrSubnet concat contains createArray createObject dateTimeAdd deployment empty endsWith environment filter first flatten'
  + ' format guid groupBy indexOf int intersection items join json last length loadFileAsBase64 loadJsonContent loadTextContent loadYamlContent managementGroup map mapValues max min object'
  + ' padLeft parseCidr range readEnvironmentVariable reduce replace resourceGroup resourceId shallowMerge skip sort split startsWith string subscription subscriptionResourceId substring take'
  + ' tenant tenantResourceId toLower toObject toUpper trim union uniqueString uri uriComponent utcNow sys az').split(' '));

/** Settings of the Functions host and its libraries; everything else is the program's and documented. */
const hostSettings = [/^AzureWebJobsStorage__/, /^AzureFunctionsJobHost__/, /^APPLICATIONINSIGHTS_/, /^AZURE_CLIENT_ID$/, /^ServiceBus__/, /^TASKHUB_NAME$/, /^DURABLE_TASK_SCHEDULER_CONNECTION_STRING$/];

export const rules = {
  Descriptions_EveryParameterOutputAndTypedField_HasOne: templates => [
    ...['param', 'output', 'type'].flatMap(kind => each(templates, kind, one => (one.decorators.some(text => /^(sys\.)?description\(/.test(text)) ? [] : `${kind} ${one.name} has no @description`))),
    ...each(templates, 'type', one => children([...nodes(one.node)].find(node => node.type === 'object')).flatMap((field, i, all) =>
      (field.type === 'object_property' && !/@description\(/.test(field.text) && all[i - 1]?.type !== 'decorators' ? `${one.name}.${field.text.split(/\s/)[0]} has no @description` : []))),
    ...bicep(templates).filter(one => !/^metadata description = '/m.test(one.source)).map(one => at(one, 1, 'has no metadata description')),
  ],

  ApiVersions_EveryResource_NamesAStableOne: templates => each(templates, 'resource', one => {
    if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(one.version ?? '')) return `${one.name}: ${one.type} has no API version`;
    if (one.version.endsWith('-preview') && !previewAllowed.includes(`${one.type}@${one.version}`)) return `${one.name}: ${one.type}@${one.version} is a preview`;
    return [];
  }),

  ApiVersions_OfOneProvider_AreTheSameEverywhere: templates => {
    const seen = new Map();
    return each(templates, 'resource', one => {
      const key = one.type.split('/').slice(0, 2).join('/');
      const before = seen.get(key) ?? one.version;
      seen.set(key, before);
      return before === one.version ? [] : `${one.type} has ${one.version} here and ${before} elsewhere`;
    });
  },

  // getSecret is no listing: it hands a secret from a vault to a @secure() parameter of a module, the only place where the compiler takes it.
  Keys_Nowhere_AreListedOrPutOut: templates => [
    ...bicep(templates).flatMap(template => [...nodes(template.tree.rootNode)]
      .filter(node => (node.type === 'call_expression' && /^list\w*$/.test(node.namedChild(0)?.text ?? '')) || (node.type === 'property_identifier' && /^list[A-Z]\w*$/.test(node.text)))
      .map(node => at(template, node.startPosition.row + 1, `lists keys: ${node.text.slice(0, 40)}`))),
    ...each(templates, 'output', one => (/key(?!_vault)|secret|password|connectionstring/i.test(one.name) ? `output ${one.name} may be a secret` : [])),
    ...bicep(templates).filter(one => /AccountKey=|SharedAccessKey=|sig=/.test(one.source)).map(one => at(one, 1, 'holds a key')),
    ...each(templates, 'param', one => (/^(?!vault).*(secret|password|accountKey)/i.test(one.name) && !one.decorators.includes('secure()') ? `param ${one.name} is not @secure()` : [])),
  ],

  SensitiveInputs_Everywhere_AreSecureParameters: templates => created(templates).filter(({ resource }) => sensitive[resource.type]).flatMap(({ template, resource }) => {
    const value = deep(resource.body, 'properties', ...sensitive[resource.type]);
    const isSecure = template.of('param').some(one => one.name === value?.text && one.decorators.includes('secure()'));
    return isSecure ? [] : at(template, resource.line, `${resource.name}: ${sensitive[resource.type].join('.')} is no @secure() parameter`);
  }),

  LocalAuthentication_WhereverThereIsAny_IsOff: templates => {
    const needed = { 'Microsoft.Storage/storageAccounts': ['allowSharedKeyAccess', 'false'], 'Microsoft.ServiceBus/namespaces': ['disableLocalAuth', 'true'], 'Microsoft.DocumentDB/databaseAccounts': ['disableLocalAuth', 'true'],
      'Microsoft.Communication/communicationServices': ['disableLocalAuth', 'true'], 'Microsoft.Insights/components': ['DisableLocalAuth', 'true'], 'Microsoft.KeyVault/vaults': ['enableRbacAuthorization', 'true'] };
    return created(templates).filter(({ resource }) => needed[resource.type]).flatMap(({ template, resource }) => {
      const [name, value] = needed[resource.type];
      return deep(resource.body, 'properties', name)?.text === value ? [] : at(template, resource.line, `${resource.name}: ${name} is not ${value}`);
    });
  },

  Tls_WhereverItIsChosen_Is12OrLater: templates => {
    const needed = { 'Microsoft.Storage/storageAccounts': ['minimumTlsVersion'], 'Microsoft.ServiceBus/namespaces': ['minimumTlsVersion'], 'Microsoft.DocumentDB/databaseAccounts': ['minimalTlsVersion'],
      'Microsoft.Web/sites': ['siteConfig', 'minTlsVersion'] };
    const good = ['TLS1_2', 'TLS1_3', '1.2', '1.3', 'Tls12'];
    return created(templates).filter(({ resource }) => needed[resource.type]).flatMap(({ template, resource }) =>
      (good.includes(string(deep(resource.body, 'properties', ...needed[resource.type])) ?? '') ? [] : at(template, resource.line, `${resource.name}: ${needed[resource.type].join('.')} is not 1.2 or later`)));
  },

  PublicNetworkAccess_Everywhere_FollowsAParameter: templates => {
    const needed = ['Microsoft.Storage/storageAccounts', 'Microsoft.ServiceBus/namespaces', 'Microsoft.DocumentDB/databaseAccounts', 'Microsoft.KeyVault/vaults', 'Microsoft.Web/sites', 'Microsoft.DurableTask/schedulers'];
    return created(templates).filter(({ resource }) => needed.includes(resource.type)).flatMap(({ template, resource }) => {
      const value = deep(resource.body, 'properties', 'publicNetworkAccess');
      const isParameter = value?.type === 'identifier' && template.of('param').some(one => one.name === value.text);
      return isParameter ? [] : at(template, resource.line, `${resource.name}: publicNetworkAccess is no parameter`);
    });
  },

  Diagnostics_EveryResourceThatLogs_SendsItsLogs: templates => {
    const scopes = created(templates).filter(({ resource }) => resource.type === 'Microsoft.Insights/diagnosticSettings')
      .map(({ template, resource }) => `${template.path} ${property(resource.body, 'scope')?.text.split('::')[0]}`);
    return created(templates).filter(({ resource }) => diagnosed.includes(resource.type))
      .filter(({ template, resource }) => !scopes.includes(`${template.path} ${resource.name}`))
      .map(({ template, resource }) => at(template, resource.line, `${resource.name} has no diagnostic settings`));
  },

  Roles_EveryAssignment_IsNamedByGuidAndScopedAndLittle: templates => [
    ...ofType(templates, 'Microsoft.Authorization/roleAssignments').flatMap(({ template, resource }) => [
      /^guid\(/.test(property(resource.body, 'name')?.text ?? '') ? [] : 'its name is no guid(…)',
      property(resource.body, 'scope') ? [] : 'it has no scope: it would hold for the whole resource group',
      deep(resource.body, 'properties', 'principalType') ? [] : 'it has no principalType: it fails while the principal is new',
    ].flat().map(what => at(template, resource.line, `${resource.name}: ${what}`))),
    ...bicep(templates).flatMap(template => tooMuch.filter(role => template.source.includes(role)).map(role => at(template, 1, `gives the role ${role}`))),
  ],

  Modules_EveryCall_PassesWhatTheModuleTakes: templates => each(templates, 'module', (call, template) => {
    const target = templates.find(one => one.path === template.target(call.type));
    if (!target) return `${call.name}: there is no ${call.type}`;
    const given = propertyNames(property(call.body, 'params') ?? call.body);
    return [
      ...target.of('param').filter(one => one.isRequired && !given.includes(one.name)).map(one => `${call.name}: ${one.name} is not passed`),
      ...given.filter(name => !target.of('param').some(one => one.name === name)).map(name => `${call.name}: ${call.type} has no parameter ${name}`),
    ];
  }),

  Modules_EveryOutputThatIsRead_Exists: templates => bicep(templates).flatMap(template =>
    [...template.source.matchAll(/\b(\w+)!?\.(?:\?)?outputs\.(\w+)/g)].flatMap(([, name, output]) => {
      const call = template.of('module').find(one => one.name === name);
      const target = call && templates.find(one => one.path === template.target(call.type));
      return target?.of('output').some(one => one.name === output) ? [] : at(template, 1, `${name}.outputs.${output} is not put out`);
    })),

  Names_EverythingDeclared_IsUsed: templates => [
    ...['param', 'var'].flatMap(kind => each(templates, kind, (one, template) => (uses(template, one.name) > 0 ? [] : `${kind} ${one.name} is not used`))),
    ...each(templates, 'import', (one, template) => children(one.node).filter(node => node.type === 'identifier')
      .filter(name => uses(template, name.text, one.node) === 0).map(name => `import of ${name.text} is not used`)),
    ...each(templates, 'resource', (one, template) => (one.isExisting && uses(template, one.name) === 0 && !template.source.includes(`::${one.name}.`) ? `existing ${one.name} is not used` : [])),
  ],

  Names_EverythingReferredTo_IsDeclared: templates => bicep(templates).flatMap(template => {
    const declared = new Set(template.declarations.map(one => one.name));
    for (const one of template.of('import')) for (const node of children(one.node)) if (node.type === 'identifier') declared.add(node.text);
    return [...nodes(template.tree.rootNode)].filter(node => isReference(node) && !declared.has(node.text) && !functionsOfBicep.has(node.text) && !isLocal(node))
      .map(node => at(template, node.startPosition.row + 1, `${node.text} is not declared`));
  }),

  Imports_EveryType_IsExported: templates => each(templates, 'import', (one, template) => {
    const target = templates.find(file => file.path === template.target(text(children(one.node).at(-1))));
    return children(one.node).filter(node => node.type === 'identifier')
      .filter(name => !target?.of('type').some(type => type.name === name.text && type.decorators.includes('export()')))
      .map(name => `${name.text} is not exported there`);
  }),

  Files_EveryLoadedOne_Exists: (templates, root) => bicep(templates).flatMap(template => [...template.source.matchAll(/load\w+Content\('([^']+)'\)/g)]
    .filter(([, path]) => !existsSync(join(root, template.target(path)))).map(([, path]) => at(template, 1, `there is no ${path}`))),

  Settings_OfTheApp_AreDocumented: (templates, root) => {
    const page = readFileSync(join(root, 'docs/reference/settings.md'), 'utf8');
    const main = templates.find(one => one.path === 'bicep/main.bicep');
    const app = templates.find(one => one.path === 'bicep/modules/functionapp.bicep');
    const names = [
      ...[...nodes(main.of('module').find(one => one.name === 'functions').node)].filter(node => node.type === 'object').slice(2).flatMap(propertyNames),
      ...propertyNames([...nodes(app.of('resource').find(one => one.name === 'appSettings').node)].filter(node => node.type === 'object')[1]),
      ...[...nodes(main.of('param').find(one => one.name === 'vaultSettings').node)].filter(node => node.type === 'string').map(text),
    ];
    if (names.length < 20) return [`only ${names.length} settings: the reader has lost its way`];
    return names.filter(name => !hostSettings.some(pattern => pattern.test(name)))
      .filter(name => !page.includes(`\`${name}\``) && !page.includes(`\`${name.replace(/^Connectors__\w+?__/, 'Connectors__<Name>__')}\``))
      .map(name => `docs/reference/settings.md does not tell of ${name}`);
  },

  ParameterFiles_Every_GivesWhatMainTakes: templates => parameterFiles(templates).flatMap(file => {
    const target = templates.find(one => one.path === file.using);
    if (!target) return [`${file.path}: there is no ${file.using}`];
    const given = file.of('var').map(one => one.name);
    const types = templates.find(one => one.path === 'bicep/types.bicep').of('type');
    return [
      ...target.of('param').filter(one => one.isRequired && !given.includes(one.name)).map(one => at(file, 1, `does not give ${one.name}`)),
      ...given.filter(name => !target.of('param').some(one => one.name === name)).map(name => at(file, 1, `gives ${name}, which main.bicep does not take`)),
      ...file.of('var').flatMap(one => {
        const type = types.find(type => new RegExp(`^param ${one.name} ${type.name}\\b`).test(target.of('param').find(param => param.name === one.name)?.node.text ?? ''));
        const object = children(one.node).at(-1);
        if (!type || object.type !== 'object') return [];
        const wanted = propertyNames([...nodes(type.node)].find(node => node.type === 'object'));
        const has = propertyNames(object);
        return [...wanted.filter(name => !has.includes(name)).map(name => at(file, one.line, `${one.name} lacks ${name}`)),
          ...has.filter(name => !wanted.includes(name)).map(name => at(file, one.line, `${one.name} has no ${name}`))];
      }),
    ];
  }),

  Queries_EveryMetric_IsDocumented: (templates, root) => {
    const page = readFileSync(join(root, 'docs/operations/metrics.md'), 'utf8');
    const files = [...filesBelow(root, 'infra', ['.kql']), 'bicep/modules/workbook.json'];
    return files.flatMap(file => [...readFileSync(join(root, file), 'utf8').matchAll(/loyalty\.[a-z_.]+/g)]
      .filter(([name]) => !page.includes(`\`${name}\``)).map(([name]) => `${file}: docs/operations/metrics.md does not tell of ${name}`));
  },

  Runbooks_EveryAlert_NamesASection: (templates, root) => {
    const page = readFileSync(join(root, 'docs/operations/runbooks.md'), 'utf8');
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-'));
    const alerts = templates.find(one => one.path === 'bicep/modules/alerts.bicep');
    const named = [...alerts.source.matchAll(/\$\{runbooks\}#([\w-]+)/g)].map(([, anchor]) => anchor);
    if (named.length < 6) return [`only ${named.length} alerts: the reader has lost its way`];
    return named.filter(anchor => !anchors.includes(anchor)).map(anchor => `docs/operations/runbooks.md has no section ${anchor}`);
  },

  Workbook_Always_IsJson: (templates, root) => {
    const workbook = JSON.parse(readFileSync(join(root, 'bicep/modules/workbook.json'), 'utf8'));
    return workbook.version === 'Notebook/1.0' && workbook.items.length > 3 ? [] : ['bicep/modules/workbook.json is no workbook'];
  },
};

/** An identifier that stands for something declared: no key of an object, no name in a declaration. */
function isReference(node) {
  if (node.type !== 'identifier') return false;
  const parent = node.parent;
  const isFirst = parent.namedChild(0)?.equals(node) ?? false;
  if (['parameter_declaration', 'variable_declaration', 'resource_declaration', 'module_declaration', 'output_declaration', 'type_declaration', 'metadata_declaration'].includes(parent.type) && isFirst) return false;
  if (parent.type === 'object_property' && isKey(parent, node)) return false;
  if (['import_functionality', 'lambda_expression'].includes(parent.type) && !isBody(parent, node)) return false;
  if (['loop_variable', 'loop_enumerator', 'for_loop_parameters', 'decorator', 'type', 'property_identifier'].includes(parent.type)) return parent.type === 'type';
  if (parent.type === 'call_expression' && isFirst && inDecorator(node)) return false;
  if (parent.type === 'for_statement' && isFirst) return false;
  if (parent.type === 'resource_expression' && !isFirst) return false;
  return true;
}

const isKey = (property, node) => children(property).find(part => part.type !== 'decorators')?.equals(node);
const isBody = (parent, node) => parent.type === 'lambda_expression' && parent.namedChild(parent.namedChildCount - 1).equals(node) && parent.namedChildCount > 1;

function inDecorator(node) {
  for (let one = node.parent; one; one = one.parent) if (one.type === 'decorator') return true;
  return false;
}

/** A loop's variable or a lambda's parameter. */
function isLocal(node) {
  for (let one = node.parent; one; one = one.parent) {
    if (one.type === 'for_statement' && one.text.replace(/\s/g, '').match(new RegExp(`^\\[?for\\(?(\\w+,)?${node.text}(,\\w+)?\\)?in`))) return true;
    if (one.type === 'for_statement' && children(one).slice(0, 1).some(part => [...nodes(part)].some(inner => inner.text === node.text))) return true;
    if (one.type === 'lambda_expression' && children(one).slice(0, -1).some(part => [...nodes(part)].some(inner => inner.text === node.text))) return true;
  }
  return false;
}

/** How often a name is referred to, outside of one node. */
function uses(template, name, except) {
  const inside = node => except && node.startIndex >= except.startIndex && node.endIndex <= except.endIndex;
  return [...nodes(template.tree.rootNode)].filter(node => node.text === name && isReference(node) && !inside(node)).length;
}
