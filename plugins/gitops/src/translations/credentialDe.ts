/** What is said of credentials and connections, in German. */
export const credentialDe = {
  credentialEnded: 'Seit {{time}} abgelaufen: Bitte ersetzen.',
  credentialRefused:
    'Git-Host „{{host}}“ lehnt sie ab: Sie wurden widerrufen oder sind abgelaufen. Bitte ersetzen.',
  credentialBlind:
    'Das Repository „{{repository}}“ lässt sich damit nicht mehr lesen: Bitte dem Konto wieder Zugriff geben oder die Zugangsdaten ersetzen.',
  credentialDisconnected:
    'Die Git-Verbindung {{account}} wurde von ihrem Besitzer getrennt: Bitte dem Projekt andere Zugangsdaten geben.',
  keyUnseen:
    'Das Portal hat bei „{{host}}“ kein eigenes Token, um nachzusehen, ob der Host den Schlüssel noch kennt.',
  keyUnknown:
    'Git-Host „{{host}}“ kennt den Schlüssel nicht mehr: Bitte die Zugangsdaten rotieren.',
  tokenExcess:
    'Das Token darf weit mehr, als das Lesen braucht ({{excess}}): Bitte durch eines ersetzen, das weniger darf{{enough}}.',
  appExcess:
    'Die App darf weit mehr, als das Lesen braucht ({{excess}}): Bitte durch eine ersetzen, die weniger darf{{enough}}.',
  isEnough: '; es genügt {{scopes}}',
  tokenOfSetup:
    'Flux liest mit dem Token der Einrichtung, das mehr darf als dieses Repository lesen ({{reasons}}). Bitte durch ein Token ersetzen, das nur lesen darf{{scopes}}.',
  nothingLess:
    'Git-Host „{{host}}“ bietet weder Deploy-Keys noch Tokens eines einzelnen Repositorys an',
  appKeyRefused:
    'Git-Host „{{host}}“ akzeptiert diesen privaten Schlüssel für die GitHub App {{app}} nicht: Bitte die ID der App vergleichen und in ihren Einstellungen einen neuen privaten Schlüssel anlegen.',
  appNotInstalled:
    'Die GitHub App {{app}} hat bei Git-Host „{{host}}“ keine Installation {{installation}}: Bitte für den Besitzer des Repositorys installieren und die Zahl am Ende der Adresse der Installation angeben.',
  appMayNotRead:
    'Die GitHub App {{app}} darf keine Inhalte von Repositorys lesen: Bitte die Berechtigung „Contents: read-only“ erteilen.',

  connectionEnded:
    'Laut Git-Host „{{host}}“ ist das Token abgelaufen: Bitte das Konto neu verbinden{{how}}.',
  connectionRefused:
    'Git-Host „{{host}}“ akzeptiert das Token nicht mehr: Bitte das Konto neu verbinden{{how}}.',
  withNewToken: ', mit einem neuen von {{url}}',
  connectionLacks:
    'Dem Token fehlt inzwischen {{scopes}}: Einrichtungen mit dieser Verbindung schlagen fehl, bis das Konto neu verbunden ist.',
  connectionExcess:
    'Das Token darf weit mehr, als das Portal braucht ({{excess}}): Es genügt eines mit {{scopes}}, anzulegen unter {{url}}.',
  connectionEnds:
    'Das Token gilt nur noch bis {{time}}: Bitte das Konto vorher mit einem neuen verbinden.',
  tokenEnded: 'Das Token ist abgelaufen.',
  tokenEndedAgain:
    'Das Token ist abgelaufen: Bitte das Konto mit einem neuen verbinden.',
  tokenEndedRenewed:
    'Das Token ist abgelaufen. Das Portal erneuert es, sobald der Host es zulässt.',
  disconnected:
    'Sie wurde von ihrem Besitzer getrennt: Zum Verwenden bitte das Konto neu verbinden.',
  renewalRefused:
    'Git-Host „{{host}}“ akzeptiert diese Verbindung nicht mehr ({{words}}): Bitte das Konto neu verbinden.',
  renewalLost:
    'Git-Host „{{host}}“ wurde um neue Tokens gebeten, und seine Antwort ging verloren ({{words}}). Die alten gelten vielleicht nicht mehr: Bitte das Konto neu verbinden.',
  renewalPutOff:
    'Das Token konnte nicht erneuert werden (Git-Host „{{host}}“: {{words}}). Nächster Versuch des Portals: {{time}}.',
  renewalPutOffEnded:
    'Das Token konnte nicht erneuert werden (Git-Host „{{host}}“: {{words}}). Nächster Versuch des Portals: {{time}}; sonst bitte das Konto neu verbinden.',
  portalEnded: 'das Portal wurde beendet, während es wartete',
  gitHostAnswered: 'Antwort {{status}}',
  gitHostRedirects: 'leitet seine Token-Adresse um ({{status}})',
  gitHostGaveNone: 'Antwort ohne Tokens',
  gitHostUnreached: 'nicht erreichbar ({{reason}})',
  gitHostBrokeOff: 'keine vollständige Antwort ({{reason}})',
  gitHostTimedOut: 'Zeitüberschreitung',

  connectionRevoked:
    'Die Git-Verbindung von {{account}} ist widerrufen. {{why}}',
  connectionLost:
    'Die Git-Verbindung von {{account}} muss erneuert werden. {{why}}',
  connectionExpired:
    'Die Git-Verbindung von {{account}} ist abgelaufen: Bitte das Konto mit einem neuen Token verbinden.',
  connectionGone:
    'Die Git-Verbindung „{{id}}“ gibt es nicht mehr: Bitte dem Projekt andere Zugangsdaten geben.',
  connectAgain: 'Bitte das Konto neu verbinden.',
  accountAt: '{{name}} bei {{host}}',
  namelessAccountAt: 'Konto {{id}} bei {{host}}',
} as const;
