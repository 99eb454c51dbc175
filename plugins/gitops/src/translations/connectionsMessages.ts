/** English words of the connections page. */
export const connectionsMessages = {
  title: 'Git connections',
  intro:
    'A connection lets the portal act at a Git host in your name: create repositories, and read them for Flux where you choose so. Only you see your connections; their tokens are stored encrypted and never shown again.',
  back: 'All projects',
  loading: 'Reading your connections',
  errorTitle: 'Your connections could not be read',
  forbiddenTitle: 'You may not manage connections',
  forbiddenDescription:
    'Ask those who run this portal for the permission gitops.connection.manage.',
  emptyTitle: 'This portal offers no Git host to connect to',
  emptyDescription:
    'Ask those who run it to add one under integrations in its configuration.',
  hosts: 'Git hosts',
  host: {
    cloud: 'cloud',
    'self-hosted': 'self-hosted',
    removed: 'no longer offered by this portal',
  },
  none: 'You are not connected.',
  connect: 'Connect',
  connectTo: 'Connect to {{host}}',
  useToken: 'Use a token',
  useTokenOf: 'Use a token of {{host}}',
  connectFailed: 'Connecting did not work',
  connected: 'Connected to {{host}} as {{account}}.',
  connectedNameless: 'Connected to {{host}}.',
  status: {
    active: 'Active',
    expired: 'Expired',
    revoked: 'Revoked',
    'reconnect-needed': 'Reconnect',
  },
  statusMeaning: {
    active: '',
    expired: 'The host no longer takes it: connect again.',
    revoked: 'It was taken back at the host: connect again.',
    'reconnect-needed':
      'A renewal was asked for and its answer was lost: connect again.',
  },
  account: 'Account',
  noAccount: 'Not known',
  method: 'Made by',
  byOauth: 'OAuth',
  byToken: 'Token',
  scopes: 'Scopes',
  since: 'Connected',
  expires: 'Expires',
  neverExpires: 'Never',
  renewed: 'Renewed by itself',
  usedBy: 'Read with by',
  usedByNone: 'No project',
  usedByMore_one: 'and {{count}} more',
  usedByMore_other: 'and {{count}} more',
  test: 'Test',
  testOf: 'Test the connection to {{host}}',
  testGood: 'The host accepts it.',
  testBad: 'The host was asked: {{status}}.',
  testFailed: 'It could not be tested',
  reconnect: 'Reconnect',
  reconnectOf: 'Reconnect to {{host}}',
  disconnect: 'Disconnect',
  disconnectOf: 'Disconnect from {{host}}',
  disconnected: 'Disconnected from {{host}}.',
  cancel: 'Cancel',
  confirm: {
    title: 'Disconnect from {{host}}?',
    plain:
      'The portal forgets the token, and revokes it where the host lets it.',
    inUse_one:
      'Flux reads {{count}} project with it, which will get no new commits until it is given another credential:',
    inUse_other:
      'Flux reads {{count}} projects with it, which will get no new commits until they are given another credential:',
    failed: 'It was not disconnected',
  },
  token: {
    title: 'Connect to {{host}} with a token',
    makeOne: 'Make a token at {{host}}',
    needs: 'It needs these scopes:',
    needsNone: 'It has to be able to create and read repositories.',
    label: 'Token',
    description:
      'It is checked at the host before it is stored, encrypted. It is not shown again.',
    missing: 'Paste the token.',
    expires: 'Expires on',
    expiresDescription:
      'As the host said when you made it, so that you are told in time. Leave it empty for a token that does not expire.',
    expiresPast: 'This day is over: make a new token.',
    submit: 'Connect',
    failed: 'The token was not accepted',
  },
  callback: {
    title: 'Connecting',
    working: 'Finishing the connection',
    failedTitle: 'You are not connected',
    strayTitle: 'Nothing to finish here',
    stray:
      'Git hosts send you back to this page after you have agreed. Start from your connections.',
    toConnections: 'To your connections',
    hostSaid: 'The host said: {{code}}.',
    reason: {
      access_denied: 'You did not agree at the Git host, so nothing was made.',
      invalid_scope:
        'The Git host does not know a scope that the portal asks for. Tell those who run this portal.',
      unauthorized_client:
        'The Git host does not allow this portal to connect users. Tell those who run this portal.',
      invalid_client:
        'The Git host does not know this portal. Tell those who run it.',
      redirect_uri_mismatch:
        'The Git host was told another address of this portal. Tell those who run it to register this page there.',
      application_suspended:
        'The Git host has suspended this portal. Tell those who run it.',
      server_error: 'The Git host had a fault. Try again in a while.',
      temporarily_unavailable:
        'The Git host is busy or under maintenance. Try again in a while.',
      other: 'The Git host did not make the connection.',
    },
  },
} as const;
