// What must not go unseen: a dead letter nobody collected, one that waits for an operator, an event that was given up or does not
// get through, a request that failed, and every signal the app measures of itself.

@description('Prefix of the names of all resources here.')
param name string

@description('Region of the log alert.')
param location string

@description('Tags of all resources here.')
param tags object

@description('Address that alerts are mailed to; empty: none.')
param email string

@description('Resource id of the Service Bus namespace.')
param serviceBusNamespaceId string

@description('Queues that collect the dead letters of others.')
param deadLetterQueues string[]

@description('Resource ids of all Event Grid topics.')
param eventGridTopicIds string[]

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

// An event is tried about five times in its first quarter of an hour, and a first try may meet an app that is still starting.
var eventGridSignals = [
  { name: 'events-dead-lettered', metric: 'DeadLetteredCount', above: 0, severity: 1 }
  { name: 'events-dropped', metric: 'DroppedEventCount', above: 0, severity: 1 }
  { name: 'events-not-delivered', metric: 'DeliveryAttemptFailCount', above: 4, severity: 2 }
]
var eventGridAlerts = flatten(map(eventGridTopicIds, id => map(eventGridSignals, signal => {
  topicId: id
  signal: signal
})))

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${name}-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'operators'
    emailReceivers: empty(email) ? [] : [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

// Dead letters are forwarded at once, so a count above zero is a forward that failed or the collecting queue's own dead letters.
resource deadLettered 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: '${name}-dead-lettered'
  location: 'global'
  tags: tags
  properties: {
    severity: 1
    enabled: true
    scopes: [serviceBusNamespaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-lettered'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}

// For a quarter of an hour the collecting queue was never empty: nobody deals with its dead letters.
resource deadLettersWaiting 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: '${name}-dead-letters-waiting'
  location: 'global'
  tags: tags
  properties: {
    severity: 2
    enabled: true
    scopes: [serviceBusNamespaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters-waiting'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'ActiveMessages'
          timeAggregation: 'Minimum'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [{ name: 'EntityName', operator: 'Include', values: deadLetterQueues }]
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}

resource eventGridAlert 'Microsoft.Insights/metricAlerts@2026-01-01' = [for item in eventGridAlerts: {
  name: '${name}-${last(split(item.topicId, '/'))}-${item.signal.name}'
  location: 'global'
  tags: tags
  properties: {
    severity: item.signal.severity
    enabled: true
    scopes: [item.topicId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: item.signal.name
          metricName: item.signal.metric
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: item.signal.above
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}]

// An HTTP request answered 5xx, or a triggered function that threw. A caller's mistake (4xx) is an answer, not a failure.
resource failedRequests 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: '${name}-failed-requests'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Failed requests'
    severity: 2
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'AppRequests | where Success == false | where coalesce(toint(ResultCode), 0) !between (400 .. 499)'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: [operators.id] }
  }
}

// One alert a signal, and of that one a subject: a cause of dead letters, a partition. The app writes its metrics as traces.
resource signalAlert 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for signal in items(loadJsonContent('../signals.json')): {
  name: '${name}-${signal.key}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: signal.value.title
    severity: signal.value.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'AppTraces | extend line = parse_json(Message) | where line.metric == "${signal.key}" and todouble(line.value) > ${signal.value.warnAbove} | extend Subject = iff(isempty(line.subject), "all", tostring(line.subject))'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [{ name: 'Subject', operator: 'Include', values: ['*'] }]
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: {
      actionGroups: [operators.id]
      customProperties: { advice: signal.value.advice }
    }
  }
}]
