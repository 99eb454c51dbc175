const NOT_REACHED = 'Der Cluster „{{cluster}}“ ist nicht erreichbar: ';

/** What is said of clusters, in German. */
export const clusterDe = {
  clusterUnread: 'Das Portal hat diesen Cluster noch nicht vollständig gelesen',
  clusterSilent: 'Der Cluster hat sich länger nicht gemeldet, als er sollte',
  clusterLost: 'Von dem Cluster war seit langer Zeit nichts zu hören',
  clusterUnwatched: 'Zurzeit beobachtet keine Instanz des Portals den Cluster',

  clusterNoBackend: `${NOT_REACHED}Das Kubernetes-Backend des Portals antwortet nicht ({{said}}); bitte prüfen, ob das Kubernetes-Plugin installiert ist und läuft`,
  clusterTokenRefused: `${NOT_REACHED}Das Kubernetes-Backend hat das eigene Token des Portals abgelehnt ({{said}}); bitte die Permission Policy und \`backend.auth\` prüfen`,
  clusterUnknown: `${NOT_REACHED}Das Kubernetes-Backend kennt ihn nicht ({{said}}); bitte in \`kubernetes.clusterLocatorMethods\` ergänzen`,
  clusterNotItsServer: `${NOT_REACHED}Etwas vor seinem API-Server antwortete {{code}}; bitte die URL des Clusters in der Kubernetes-Konfiguration prüfen`,
  clusterUnreachable: `${NOT_REACHED}{{said}}; bitte prüfen, ob sein API-Server läuft und ob URL und Zugangsdaten in der Kubernetes-Konfiguration stimmen`,

  clusterNoAnswer:
    'Der Cluster „{{cluster}}“ hat {{seconds}} s lang nicht geantwortet',
  clusterNoList:
    'Der Cluster „{{cluster}}“ hat {{seconds}} s lang nicht mit einer Liste geantwortet',
  clusterWatchSilent:
    'Der Cluster „{{cluster}}“ hat sich {{seconds}} s lang nicht gemeldet',
  clusterTooSlow:
    'Der Cluster „{{cluster}}“ hat nicht innerhalb von {{seconds}} s geantwortet ({{verb}} von {{object}}); bitte seinen API-Server und das Netz dazwischen prüfen',

  clusterRefused:
    'Das {{verb}} von {{object}} im Cluster „{{cluster}}“ ist gescheitert: {{said}}{{advice}}',
  clusterNotServed:
    'Der Cluster „{{cluster}}“ bietet {{kind}} von {{group}} nicht an; bitte {{missing}} im Cluster installieren',
  clusterNotJson:
    'Was der Cluster „{{cluster}}“ antwortete, ist kein JSON; bitte seine URL in der Kubernetes-Konfiguration prüfen',
  clusterListStale:
    'Der Cluster „{{cluster}}“ antwortete mit einer Liste von {{kind}}, die älter ist als das, was er vorher sagte',
  clusterListMalformed: 'Die Liste von {{kind}} ist keine Liste von Objekten',
  clusterWatchEnded:
    'Der Cluster „{{cluster}}“ hat das Beobachten von {{kind}} sofort beendet',
  clusterVersionOld: 'Die verlangte Version ist zu alt',
  clusterLineEndless: 'Eine Zeile des Watch-Streams hat kein Ende',
  clusterLineNotUtf8: 'Eine Zeile des Watch-Streams ist kein UTF-8',
  clusterLineNotJson: 'Eine Zeile des Watch-Streams ist kein JSON',
  clusterLineUnknown:
    'Eine Zeile des Watch-Streams ist kein bekanntes Ereignis',

  clusterVerbApply: 'Anwenden',
  clusterVerbList: 'Auflisten',
  clusterVerbChange: 'Ändern',
  clusterVerbDelete: 'Löschen',
  clusterVerbRead: 'Lesen',
  clusterVerbWatch: 'Beobachten',
  clusterKinds: 'Objektarten unter {{path}}',
  clusterDefinition: 'die Definition dafür',
  clusterAnswered: 'Der API-Server antwortete {{code}}',
  clusterEverywhere: ' im ganzen Cluster',

  clusterThenRenew:
    '; der API-Server lehnt die Zugangsdaten des Portals ab: Bitte in der Kubernetes-Konfiguration des Clusters erneuern',
  clusterThenGrant:
    '; bitte „{{user}}“ das Verb „{{verb}}“ auf „{{resource}}“ der API-Gruppe „{{group}}“{{where}} erlauben',
  clusterThenPolicy:
    '; eine Richtlinie des Clusters verbietet das {{verb}}: Bitte der Meldung folgen oder das Plattform-Team fragen',
  clusterThenConflict:
    '; jemand anderes hat es geändert oder verwaltet es: Bitte noch einmal versuchen, oder den anderen Schreiber entfernen',
  clusterThenWait:
    '; bitte noch einmal versuchen, wenn der Cluster sich erholt hat',
} as const;
