/** What is said of credentials and connections, in English. @public */
export const credentialMessages = {
  credentialEnded: 'It ended at {{time}}: replace it',
  credentialRefused:
    "Git host '{{host}}' refuses it: it was revoked or has expired; replace it",
  credentialBlind:
    "It cannot read repository '{{repository}}' any more: give its account access again, or replace it",
  credentialDisconnected:
    'The Git connection {{account}} was disconnected by its owner: give the project another credential',
  keyUnseen:
    "The portal has no token of its own at '{{host}}' to look whether the host still knows the key",
  keyUnknown:
    "Git host '{{host}}' does not know the key any more: rotate the credential",
  tokenExcess:
    'The token may do far more than reading needs ({{excess}}): replace it by one with less power{{enough}}',
  appExcess:
    'The app may do far more than reading needs ({{excess}}): replace it by one with less power{{enough}}',
  isEnough: ', {{scopes}} is enough',
  tokenOfSetup:
    'Flux reads with the token of the set-up, which may do more than read this repository ({{reasons}}). Replace it by a token that may only read{{scopes}}',
  nothingLess:
    "Git host '{{host}}' offers neither deploy keys nor tokens of one repository",
  appKeyRefused:
    "Git host '{{host}}' does not accept this private key for GitHub App {{app}}: compare the app's id, and generate a new private key in its settings",
  appNotInstalled:
    "GitHub App {{app}} has no installation {{installation}} at Git host '{{host}}': install it for the owner of the repository, and take the number at the end of the installation's address",
  appMayNotRead:
    "GitHub App {{app}} may not read content of repositories: give it the permission 'Contents: read-only'",

  connectionEnded:
    "Git host '{{host}}' says that the token has ended: connect the account again{{how}}",
  connectionRefused:
    "Git host '{{host}}' no longer accepts the token: connect the account again{{how}}",
  withNewToken: ' with a new one, made at {{url}}',
  connectionLacks:
    'The token no longer has {{scopes}}: set-ups with this connection fail until the account is connected again',
  connectionExcess:
    'The token may do far more than the portal needs ({{excess}}): one with {{scopes}} is enough, made at {{url}}',
  connectionEnds:
    'The token ends at {{time}}: connect the account again with a new one before',
  tokenEnded: 'The token has ended',
  tokenEndedAgain:
    'The token has ended: connect the account again with a new one',
  tokenEndedRenewed:
    'The token has ended. The portal renews it when its host lets it',
  disconnected:
    'Its owner disconnected it: connect the account again to use it',
  renewalRefused:
    "Git host '{{host}}' no longer accepts this connection ({{words}}): connect the account again",
  renewalLost:
    "Git host '{{host}}' was asked for new tokens, and its answer was lost ({{words}}). The old ones may have ended with it: connect the account again",
  renewalPutOff:
    "The token could not be renewed: Git host '{{host}}' {{words}}. The portal tries again at {{time}}",
  renewalPutOffEnded:
    "The token could not be renewed: Git host '{{host}}' {{words}}. The portal tries again at {{time}}, or connect the account again",
  portalEnded: 'the portal ended while it waited',
  gitHostAnswered: 'answered {{status}}',
  gitHostRedirects: 'redirects its token address elsewhere ({{status}})',
  gitHostGaveNone: 'sent an answer that holds no tokens',
  gitHostUnreached: 'could not be reached ({{reason}})',
  gitHostBrokeOff: 'gave no whole answer ({{reason}})',
  gitHostTimedOut: 'timed out',

  connectionRevoked: 'The Git connection of {{account}} is revoked. {{why}}',
  connectionLost:
    'The Git connection of {{account}} is reconnect-needed. {{why}}',
  connectionExpired:
    'The Git connection of {{account}} has expired: connect the account again with a new token',
  connectionGone:
    "The Git connection '{{id}}' is gone: give the project another credential",
  connectAgain: 'Connect the account again',
  accountAt: '{{name}} at {{host}}',
  namelessAccountAt: 'account {{id}} at {{host}}',
} as const satisfies Record<string, string>;
