// A small server with Entra as its only door, its pooler, two managed identities, and a job that asks everything of ask.ts. [not compiled, not run]
@description('Where to fetch this repository from, and which commit.')
param repository string
param revision string
param location string = resourceGroup().location
param postgresVersion string = '17'

var suffix = uniqueString(resourceGroup().id)

resource admin 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'azure-pg-live-admin'
  location: location
}

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'azure-pg-live-app'
  location: location
}

// Not Burstable: that has no PgBouncer.
resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: 'azure-pg-live-${suffix}'
  location: location
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' }
  properties: {
    version: postgresVersion
    storage: { storageSizeGB: 32 }
    highAvailability: { mode: 'Disabled' }
    backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' }
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Disabled', tenantId: tenant().tenantId }
  }

  resource administrator 'administrators' = {
    name: admin.properties.principalId
    properties: { principalType: 'ServicePrincipal', principalName: admin.name, tenantId: tenant().tenantId }
  }

  // Anything in Azure may connect, and nothing else; without a token of these identities nothing gets in.
  resource fromAzure 'firewallRules' = {
    name: 'azure'
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
    dependsOn: [administrator]
  }

  resource pooler 'configurations' = {
    name: 'pgbouncer.enabled'
    properties: { value: 'true', source: 'user-override' }
    dependsOn: [fromAzure]
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'azure-pg-live-${suffix}'
  location: location
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: 'azure-pg-live'
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
  }
}

resource job 'Microsoft.App/jobs@2024-03-01' = {
  name: 'azure-pg-live'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${admin.id}': {}, '${app.id}': {} }
  }
  properties: {
    environmentId: environment.id
    configuration: {
      triggerType: 'Manual'
      replicaTimeout: 3600
      replicaRetryLimit: 0
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 }
    }
    template: {
      containers: [
        {
          name: 'ask'
          image: 'docker.io/library/node:24-bookworm'
          command: ['bash', '-euc']
          args: [
            'git clone --quiet "$REPOSITORY" /source && cd /source && git checkout --quiet "$REVISION" && npm run live -- --here'
          ]
          resources: { cpu: json('2'), memory: '4Gi' }
          env: [
            { name: 'REPOSITORY', value: repository }
            { name: 'REVISION', value: revision }
            { name: 'LIVE_URL', value: 'postgresql://${server.properties.fullyQualifiedDomainName}/postgres' }
            { name: 'LIVE_POOLED_URL', value: 'postgresql://${server.properties.fullyQualifiedDomainName}:6432/postgres' }
            { name: 'LIVE_ADMIN_CLIENT_ID', value: admin.properties.clientId }
            { name: 'LIVE_ROLE', value: app.name }
            { name: 'AZURE_CLIENT_ID', value: app.properties.clientId }
          ]
        }
      ]
    }
  }
  dependsOn: [server::pooler]
}

output job string = job.name
output server string = server.properties.fullyQualifiedDomainName
