// Who may import whom. One rule an arrow; docs/architecture.md shows them as one picture.
const app = '^(functions|shared)/';
const domains = '^shared/(contracts|orders|payments|inventory|shipping|catalogue|contacts|mail|videos|telemetry|imports|projections|sales|operations|dead-letters|webhooks|reconciliation)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'app-stands-alone',
      comment: 'What is deployed knows nothing of the local Azure, the console, the benchmarks or the tests.',
      severity: 'error',
      from: { path: app },
      to: { path: '^(local|web|bench|test|cli)/' },
    },
    {
      name: 'local-knows-no-app',
      comment: 'The local Azure loads the app by package.json, as the real host does; it imports nothing of it.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(functions|shared|web|bench|test|cli)/' },
    },
    {
      name: 'shared-knows-no-functions',
      comment: 'functions → shared, never back: what is decided does not know what triggered it.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^functions/' },
    },
    {
      name: 'commands-stand-on-shared',
      comment: 'A command of cli/ is a client: it asks the app over HTTP and messages, and shares what both have to know.',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(functions|local|web|bench|test)/' },
    },
    {
      name: 'domains-meet-in-functions',
      comment: 'One domain never imports another; the trigger that needs both brings them together.',
      severity: 'error',
      from: { path: '^shared/([^/]+)/', pathNot: '^shared/(kernel|contracts|adapters)/' },
      to: { path: '^shared/', pathNot: ['^shared/(kernel|contracts)/', '^shared/$1/'] },
    },
    {
      name: 'contracts-stand-on-the-kernel',
      comment: 'What messages say is common ground: every domain may read it, so it knows none of them.',
      severity: 'error',
      from: { path: '^shared/contracts/' },
      to: { path: '^(functions|shared|local|test)/', pathNot: '^shared/(kernel|contracts)/' },
    },
    {
      name: 'kernel-stands-on-nothing',
      comment: 'The kernel is what every domain stands on; it imports none of them. Only the topology comes from infra.',
      severity: 'error',
      from: { path: '^shared/kernel/' },
      to: { path: '^(functions|shared|local|test)/', pathNot: '^shared/kernel/' },
    },
    {
      name: 'domains-are-pure',
      comment: 'Domains decide: no I/O, no clock, no randomness. Ports carry what they need.',
      severity: 'error',
      from: { path: domains },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'azure-in-adapters-only',
      comment: 'The SDKs of Azure, the payment provider and the video engine stay where ports are made real.',
      severity: 'error',
      from: { path: '^(shared|local)/', pathNot: '^(shared/adapters|local/host|local/storage)/' },
      to: { path: 'node_modules/(@azure|stripe|node-av|durable-functions)/' },
    },
    {
      name: 'cockatiel-in-resilience-only',
      comment: 'Time-out, retry, bulkhead and circuit are put together once a dependency, in shared/adapters/resilience.',
      severity: 'error',
      from: { path: '^(functions|shared)/', pathNot: '^shared/adapters/resilience/' },
      to: { path: 'node_modules/cockatiel/' },
    },
    {
      name: 'rhea-in-amqp-only',
      comment: 'The AMQP library is a detail of local/amqp: the broker knows no wire format.',
      severity: 'error',
      from: { path: '^(functions|shared|local|web)/', pathNot: '^local/amqp/' },
      to: { path: 'node_modules/rhea/' },
    },
    {
      name: 'broker-imports-nothing',
      comment: 'The core of the broker is pure: operations and time in, changes out.',
      severity: 'error',
      from: { path: '^local/broker/' },
      to: { pathNot: '^local/broker/' },
    },
    {
      name: 'store-stands-below',
      comment: 'amqp, tables and task-hub stand on the store; the store knows none of them.',
      severity: 'error',
      from: { path: '^local/store/' },
      to: { path: '^local/', pathNot: '^local/store/' },
    },
    {
      name: 'local-services-meet-in-the-supervisor',
      comment: 'Each service of the local Azure stands alone; the supervisor puts them together.',
      severity: 'error',
      from: { path: '^local/(amqp|tables|event-grid|task-hub|stand-ins|storage|host)/' },
      to: {
        path: '^local/(amqp|tables|event-grid|task-hub|stand-ins|storage|host|supervisor)/',
        pathNot: '^local/$1/',
      },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one file.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { pathNot: 'node_modules' } },
    },
    {
      name: 'no-test-packages-in-the-app',
      comment: 'What is deployed has only the packages of dependencies.',
      severity: 'error',
      from: { path: app },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
