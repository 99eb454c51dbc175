const CREATE_AGAIN =
  'Die Einrichtung des Projekts noch einmal ausführen: Sie legt an, was fehlt.';
const HELM_ERROR =
  'Den Helm-Fehler in der Meldung lesen und das Chart, seine Werte oder den genannten Hook in Ordnung bringen.';
const DELETE_REMAINS =
  'Was in anderen Namespaces übrig ist, von Hand löschen; künftig zuerst die Kustomization löschen, danach ihr Konto und ihren Namespace.';
const CHECK_CONTROLLER =
  'Prüfen, ob {{controller}} läuft und nicht überlastet ist.';
const CHECK_REACH =
  'Aus dem Cluster heraus prüfen, ob {{host}} erreichbar ist, auch über seinen Proxy.';
const POLICY_WORDS =
  'Das Manifest so ändern, wie es die Richtlinie in der Meldung verlangt.';
const FEATURE_GATE =
  'Das Plattform-Team bitten, das Feature-Gate aus der Meldung einzuschalten';
const OWN_WORDS =
  'Die Meldung des Controllers und die Events des Objekts lesen.';
const SUSPEND_FIRST =
  'Die Kustomization pausieren, damit das Löschen ohne Aufräumen endet, und was sie in anderen Namespaces angewendet hat, von Hand löschen; künftig zuerst die Kustomization löschen.';

/** Every diagnosis in German. */
export const diagnosisDe = {
  G1: {
    cause:
      'Das Secret „{{secret}}“ mit den Git-Zugangsdaten gibt es im Namespace „{{namespace}}“ nicht.',
    nextStep:
      'Das Secret „{{secret}}“ im Namespace „{{namespace}}“ anlegen und danach die Quelle abgleichen.',
  },
  'G2-https': {
    cause: 'In {{secret}} fehlen die Schlüssel, die eine HTTPS-URL braucht.',
    nextStep: 'Im Secret `username` und `password` setzen, oder `bearerToken`.',
  },
  'G2-ssh': {
    cause: 'In {{secret}} fehlen die Schlüssel, die eine SSH-URL braucht.',
    nextStep: 'Im Secret `identity` und `known_hosts` setzen.',
  },
  G3: {
    cause:
      'Der SSH-Schlüssel in {{secret}} hat eine Passphrase, die nicht im Secret steht.',
    nextStep:
      'Den Schlüssel durch einen ohne Passphrase ersetzen oder die Passphrase als `password` ins Secret aufnehmen.',
  },
  G4: {
    cause:
      '{{host}} hat die Zugangsdaten abgelehnt: Das Token ist falsch, abgelaufen oder widerrufen, oder es steht in {{secret}} unter anderen Schlüsseln als `username` und `password`.',
    nextStep: 'Das Token in {{secret}} erneuern.',
  },
  'G4-anonymous': {
    cause:
      '{{host}} verlangt Zugangsdaten, und die Quelle hat keine; manche Hosts antworten so auch, wenn es das Repository nicht gibt.',
    nextStep:
      'Eine `secretRef` mit einem Token ergänzen, das das Repository lesen darf.',
  },
  G5: {
    cause:
      '{{host}} kennt das Token, verweigert aber den Zugriff: Ihm fehlt der Scope oder eine SSO-Freigabe, oder die Adresse ist gesperrt.',
    nextStep: 'Dem Token Lesezugriff auf den Inhalt von {{url}} geben.',
  },
  G6: {
    cause:
      'Unter {{url}} gibt es kein Repository, oder die Zugangsdaten dürfen es nicht sehen.',
    nextStep:
      'Die URL mit denselben Zugangsdaten öffnen, dann URL oder Zugriff berichtigen.',
  },
  'G7-branch': {
    cause: 'Den Branch „{{ref}}“ gibt es im Repository nicht{{note}}.',
    nextStep:
      'In `spec.ref.branch` einen vorhandenen Branch nennen oder „{{ref}}“ pushen.',
  },
  'G7-tag': {
    cause: 'Den Tag „{{ref}}“ gibt es im Repository nicht{{note}}.',
    nextStep:
      'In `spec.ref.tag` einen vorhandenen Tag nennen oder „{{ref}}“ pushen.',
  },
  G8: {
    cause:
      '„{{ref}}“ ist nicht mehr im Repository: Die Historie wurde umgeschrieben, oder der Commit ist nicht erreichbar.',
    nextStep:
      'In `spec.ref` einen vorhandenen Commit nennen; nach umgeschriebener Historie die Quelle neu anlegen.',
  },
  G9: {
    cause: 'Kein Tag des Repositorys passt zum Bereich „{{range}}“.',
    nextStep: 'Einen Tag aus dem Bereich pushen oder den Bereich erweitern.',
  },
  G10: {
    cause: 'Das Repository {{url}} hat noch keinen Commit.',
    nextStep: 'Einen ersten Commit auf den Branch „{{ref}}“ pushen.',
  },
  G11: {
    cause:
      '{{host}} kennt den SSH-Schlüssel nicht: Er wurde nie eingetragen, wurde entfernt oder gehört zu einem anderen Repository.',
    nextStep:
      'Den öffentlichen Schlüssel aus {{secret}} als Deploy Key des Repositorys eintragen.',
  },
  G12: {
    cause:
      'Der Host-Schlüssel von {{host}} ist nicht der aus `known_hosts` in {{secret}}.',
    nextStep:
      'Den Host-Schlüssel aus verlässlicher Quelle holen und im Secret in `known_hosts` eintragen.',
  },
  'G13-unresolved': {
    cause:
      'Der Cluster erreicht {{host}} nicht: Der Name lässt sich nicht auflösen.',
    nextStep: CHECK_REACH,
  },
  'G13-refused': {
    cause:
      'Der Cluster erreicht {{host}} nicht: Niemand nimmt die Verbindung an.',
    nextStep: CHECK_REACH,
  },
  'G13-slow': {
    cause:
      'Das Holen von {{host}} dauerte länger als {{timeout}}: Das Netz ist langsam oder gesperrt, oder das Repository ist zu groß.',
    nextStep:
      'Die Verbindung zu {{host}} aus dem Cluster heraus testen und `spec.timeout` erhöhen, wenn sie nur langsam ist.',
  },
  G14: {
    cause: 'Das Zertifikat von {{host}} ist nicht vertrauenswürdig.',
    nextStep:
      'Das Zertifikat der ausstellenden Stelle als `ca.crt` in {{secret}} aufnehmen.',
  },
  G15: {
    cause:
      '{{object}} sendet die Zugangsdaten im Klartext über unverschlüsseltes HTTP.',
    nextStep:
      'Eine https://-URL verwenden, mit den Zugangsdaten im Secret von `spec.secretRef`.',
  },
  G16: {
    cause: 'Die URL „{{url}}“ ist nicht lesbar.',
    nextStep: '`spec.url` berichtigen.',
  },
  'G17-github': {
    cause:
      'Der Provider ist `github`, aber in {{secret}} stehen keine Daten einer GitHub App.',
    nextStep:
      'Im Secret `githubAppID`, `githubAppPrivateKey` und die Installation setzen oder `spec.provider` entfernen.',
  },
  'G17-other': {
    cause:
      'In {{secret}} stehen Daten einer GitHub App, aber der Provider ist nicht `github`.',
    nextStep: '`spec.provider` auf `github` setzen.',
  },
  G18: {
    cause:
      'Die Quelle verwendet eine eigene Workload Identity, die im source-controller abgeschaltet ist.',
    nextStep: `${FEATURE_GATE}, oder ein Secret verwenden.`,
  },
  'G19-missing': {
    cause: 'Das eingebundene GitRepository „{{include}}“ gibt es nicht.',
    nextStep:
      'GitRepository „{{include}}“ anlegen oder aus `spec.include` nehmen.',
  },
  'G19-unfetched': {
    cause: 'Das eingebundene GitRepository „{{include}}“ wurde nie geholt.',
    nextStep:
      'Zuerst herausfinden und beheben, warum GitRepository „{{include}}“ kein Artefakt hat.',
  },
  G20: {
    cause:
      'Die Signatur von „{{ref}}“ ließ sich nicht prüfen: Sie fehlt oder stammt von einem Schlüssel, dem nicht vertraut wird.',
    nextStep:
      'Commit oder Tag signieren oder den öffentlichen Schlüssel der signierenden Person ins Secret von `spec.verify` aufnehmen.',
  },
  G21: {
    cause:
      'Der source-controller kann das Geholte nicht speichern: Sein Datenträger ist voll oder schreibgeschützt.',
    nextStep:
      'Das Plattform-Team bitten, den Speicher des source-controller freizuräumen oder zu reparieren.',
  },
  G22: {
    cause:
      'Ein für den Sparse Checkout genanntes Verzeichnis ist nicht im Repository.',
    nextStep: 'Die Verzeichnisse in `spec.sparseCheckout` berichtigen.',
  },
  K1: {
    cause: '{{source}} gibt es nicht.',
    nextStep:
      '{{source}} anlegen oder in `spec.sourceRef` eine vorhandene Quelle nennen.',
  },
  'K2-suspended': {
    cause: '{{source}} ist pausiert und hat noch nichts geholt.',
    nextStep: '{{source}} fortsetzen.',
  },
  'K2-fetching': {
    cause: '{{source}} holt gerade die erste Revision.',
    nextStep: 'Auf {{source}} warten; das Geholte wird übernommen.',
  },
  K2: {
    cause: '{{source}} hat noch nichts geholt.',
    nextStep:
      'Die Conditions ansehen: {{source}} wird alle 30 s erneut versucht.',
  },
  K3: {
    cause:
      'Das Artefakt ist verschwunden: {{source}} verlor es, meist durch einen Neustart des source-controller.',
    nextStep: '{{source}} abgleichen oder ein Intervall lang warten.',
  },
  K4: {
    cause: 'Den Pfad „{{path}}“ gibt es im Repository nicht{{revision}}.',
    nextStep:
      'Das Verzeichnis „{{path}}“ in den Branch committen, den {{source}} liest, oder `spec.path` berichtigen.',
  },
  K5: {
    cause:
      'Der kustomize-controller bekam das Artefakt nicht vom source-controller, oder es kam beschädigt an: {{source}}.',
    nextStep:
      '{{source}} abgleichen; bleibt es dabei, den Verkehr zwischen den beiden Controllern erlauben.',
  },
  K6: {
    cause:
      '{{source}} liegt in einem anderen Namespace, was dieser Cluster nicht erlaubt.',
    nextStep:
      'Die Quelle im Namespace „{{namespace}}“ halten und dort auf sie verweisen.',
  },
  K7: {
    cause:
      'Die Datei „{{file}}“ fehlt im Repository{{revision}}, aber {{list}} nennt sie.',
    nextStep:
      '„{{file}}“ committen oder den Namen berichtigen, unter dem {{list}} die Datei nennt.',
  },
  'K7-unnamed': {
    cause:
      'Eine Datei fehlt im Repository{{revision}}, aber {{list}} nennt sie.',
    nextStep:
      'Die Datei committen oder den Namen berichtigen, unter dem {{list}} sie nennt.',
  },
  K8: {
    cause:
      'Die kustomization.yaml unter „{{path}}“ ist keine von kustomize: Ihre apiVersion ist falsch, oder sie ist eine Flux-Kustomization.',
    nextStep:
      'Ihre apiVersion auf `kustomize.config.k8s.io/v1beta1` setzen oder dem Flux-Objekt einen anderen Dateinamen geben.',
  },
  K9: {
    cause: 'Ein Patch zeigt auf ein Objekt oder einen Pfad, den es nicht gibt.',
    nextStep: 'Ziel oder Pfad des Patches aus der Meldung berichtigen.',
  },
  K10: {
    cause: 'Dasselbe Objekt ist zweimal definiert.',
    nextStep: 'Eine der beiden Definitionen der Id aus der Meldung entfernen.',
  },
  K11: {
    cause:
      'Eine Datei unter „{{path}}“ ist kein gültiges YAML eines Kubernetes-Objekts.',
    nextStep: 'Datei und Zeile berichtigen, die in der Meldung stehen.',
  },
  'K12-source': {
    cause: '{{kind}} „{{name}}“, woraus Variablen stammen, ist nicht lesbar.',
    nextStep: '{{kind}} „{{name}}“ anlegen oder als optional kennzeichnen.',
  },
  K12: {
    cause: 'Eine Variable in den Manifesten lässt sich nicht ersetzen.',
    nextStep:
      'Die Variable aus der Meldung berichtigen; `$${` schreiben, wo keine Variable gemeint ist.',
  },
  'K13-unset': {
    cause:
      'Ein Secret ist mit SOPS verschlüsselt, und es ist keine Entschlüsselung eingestellt.',
    nextStep: '`spec.decryption` mit dem Secret des Schlüssels setzen.',
  },
  'K13-named': {
    cause:
      'Das Secret „{{secret}}“ mit dem Schlüssel zum Entschlüsseln fehlt oder passt nicht.',
    nextStep:
      'Den Schlüssel, für den die Dateien verschlüsselt wurden, in Secret „{{secret}}“ ablegen.',
  },
  K13: {
    cause: 'Der Schlüssel zum Entschlüsseln fehlt oder passt nicht.',
    nextStep:
      'Den Schlüssel, für den die Dateien verschlüsselt wurden, im Secret zum Entschlüsseln ablegen.',
  },
  'K14-unread': {
    cause: '{{identity}} darf nicht, was das Anwenden braucht.',
    nextStep:
      'Eine Role binden, die das in der Meldung Genannte erlaubt, an: {{identity}}.',
  },
  'K14-elsewhere': {
    cause:
      'Das Overlay schreibt {{resource}} in den Namespace „{{namespace}}“, wo „{{user}}“ kein {{verb}} darauf darf; diese Kustomization liefert nach „{{target}}“.',
    nextStep:
      'Den Namespace „{{namespace}}“ aus dem Overlay nehmen, damit alles nach „{{target}}“ geht.',
  },
  'K14-namespace': {
    cause:
      '„{{user}}“ darf im Namespace „{{namespace}}“ kein {{verb}} auf {{resource}}, oder es gibt das Konto nicht.',
    nextStep:
      'Im Namespace „{{namespace}}“ eine Role an {{identity}} binden, mit der Regel {{rule}}.',
  },
  'K14-cluster': {
    cause:
      '„{{user}}“ darf im Cluster kein {{verb}} auf {{resource}}, oder es gibt das Konto nicht.',
    nextStep:
      'Im Cluster eine ClusterRole an {{identity}} binden, mit der Regel {{rule}}.',
  },
  K15: {
    cause:
      'Der Namespace „{{namespace}}“ wird gelöscht: Die Umgebung wird abgebaut.',
    nextStep:
      'Warten, bis der Namespace weg ist, oder die Finalizer lösen, die ihn halten.',
  },
  K16: {
    cause:
      'Den Ziel-Namespace „{{namespace}}“ gibt es nicht, und Flux legt ihn nicht an.',
    nextStep:
      'Den Namespace „{{namespace}}“ anlegen, mit den Rechten des Deploy-Kontos darin.',
  },
  K17: {
    cause: '{{manifest}} nennt keinen Namespace.',
    nextStep: '`spec.targetNamespace` setzen.',
  },
  K18: {
    cause:
      'Der Cluster kennt die Art „{{kind}}“{{version}} nicht: Ihre CustomResourceDefinition ist nicht installiert.',
    nextStep:
      'Die Kustomization, die „{{kind}}“ installiert, in `spec.dependsOn` aufnehmen.',
  },
  K19: {
    cause: '{{manifest}} hat einen Wert oder Typ, den die API nicht annimmt.',
    nextStep: 'Das Feld aus der Meldung im Manifest berichtigen.',
  },
  K20: {
    cause: '{{manifest}} ändert ein Feld, das sich nicht ändern lässt.',
    nextStep:
      'Das Objekt löschen, damit es neu entsteht, oder das mit der Annotation `kustomize.toolkit.fluxcd.io/force: enabled` daran erlauben.',
  },
  'K21-webhook': {
    cause: 'Der Admission-Webhook „{{policy}}“ hat abgelehnt: {{manifest}}.',
    nextStep: POLICY_WORDS,
  },
  'K21-policy': {
    cause: 'Die Richtlinie „{{policy}}“ hat abgelehnt: {{manifest}}.',
    nextStep: POLICY_WORDS,
  },
  K22: {
    cause:
      '{{manifest}} läuft als Service-Account „{{account}}“, den es nicht gibt{{place}}.',
    nextStep: 'Den Service-Account in die Manifeste aufnehmen.',
  },
  K23: {
    cause:
      'Ein Feld gehört jemand anderem, der es auch schreibt: {{manifest}}.',
    nextStep:
      'Das andere Schreiben beenden oder das Feld aus dem Manifest nehmen.',
  },
  'K24-secret': {
    cause:
      'Das Secret mit der kubeconfig des entfernten Clusters ist nicht lesbar.',
    nextStep: 'Das Secret anlegen, das `spec.kubeConfig` nennt.',
  },
  'K24-cluster': {
    cause: 'Der Cluster, in den geliefert wird, antwortet nicht.',
    nextStep: 'Die kubeconfig und den Netzweg zu diesem Cluster prüfen.',
  },
  K26: {
    cause:
      'Nicht rechtzeitig bereit: {{workloads}}. Ein Image, eine Probe, eine Quota oder ein Volume hält es auf.',
    nextStep: 'Pods, Events und Logs öffnen von: {{workloads}}.',
  },
  K27: {
    cause: 'Endgültig fehlgeschlagen: {{workloads}}.',
    nextStep: 'Öffnen und beheben, was der eigene Status sagt: {{workloads}}.',
  },
  'K28-named': {
    cause: 'Ein Health Check nennt {{object}}, was es nicht gibt.',
    nextStep:
      '`spec.healthChecks` berichtigen oder {{object}} in die Manifeste aufnehmen.',
  },
  K28: {
    cause:
      'Ein Health Check nennt ein Objekt oder eine Art, die es nicht gibt.',
    nextStep:
      '`spec.healthChecks` berichtigen oder das Objekt in die Manifeste aufnehmen.',
  },
  K29: {
    cause:
      'Eine neuere Änderung trat an die Stelle dieses Laufs; nichts ist fehlgeschlagen.',
    nextStep: 'Nichts zu tun: Der nächste Lauf ist unterwegs.',
  },
  K30: {
    cause:
      '{{object}} steht nicht mehr im Repository und ließ sich im Cluster nicht löschen.',
    nextStep:
      'Die Ablehnung aus der Meldung beheben; das Löschen wird erneut versucht.',
  },
  K31: {
    cause: 'Ein CEL-Ausdruck in der Spec ist ungültig.',
    nextStep: 'Den Ausdruck aus der Meldung berichtigen.',
  },
  K32: {
    cause:
      'Das Entschlüsseln verwendet einen eigenen Service-Account, was im kustomize-controller abgeschaltet ist.',
    nextStep: `${FEATURE_GATE}.`,
  },
  K33: {
    cause:
      'Der Zwischenspeicher des kustomize-controller ist voll oder schreibgeschützt.',
    nextStep:
      'Das Plattform-Team bitten, den temporären Speicher des kustomize-controller freizuräumen oder zu reparieren.',
  },
  K25: {
    cause: '{{object}} wartet auf eine Abhängigkeit.',
    nextStep: 'Die Abhängigkeit ansehen, die in der Meldung steht.',
  },
  'K25-circle': {
    cause: 'Die Abhängigkeiten drehen sich im Kreis und enden nie: {{circle}}.',
    nextStep: 'Eine dieser Abhängigkeiten aus `spec.dependsOn` nehmen.',
  },
  'K25-missing': {
    cause: '{{object}} wartet auf {{blocker}}, was es nicht gibt.',
    nextStep: '{{blocker}} anlegen oder aus `spec.dependsOn` nehmen.',
  },
  'K25-suspended': {
    cause:
      '{{object}} wartet auf {{blocker}}: pausiert und vorher nicht bereit gewesen.',
    nextStep: '{{blocker}} fortsetzen.',
  },
  'K25-terminating': {
    cause: '{{object}} wartet auf {{blocker}}, was gerade gelöscht wird.',
    nextStep:
      '{{blocker}} aus `spec.dependsOn` nehmen oder neu anlegen, sobald das Löschen beendet ist.',
  },
  'K25-reconciling': {
    cause: '{{object}} wartet auf {{blocker}}: noch bei der Arbeit.',
    nextStep:
      'Auf {{blocker}} warten; nach der Abhängigkeit wird alle 30 s gesehen.',
  },
  'K25-ready': {
    cause: '{{object}} wartet auf {{blocker}}: inzwischen bereit.',
    nextStep:
      'Die nächste Prüfung abwarten, höchstens 30 s, oder nachsehen, ob `readyExpr` mehr verlangt.',
  },
  'K25-unready': {
    cause: '{{object}} wartet auf {{blocker}}: nicht bereit.',
    nextStep: 'Die Conditions ansehen von: {{blocker}}.',
  },
  H1: {
    cause: 'Helm konnte das Release „{{release}}“ nicht installieren.',
    nextStep: HELM_ERROR,
  },
  H2: {
    cause: 'Helm konnte das Release „{{release}}“ nicht aktualisieren.',
    nextStep: HELM_ERROR,
  },
  H3: {
    cause:
      'Die Helm-Tests von „{{release}}“ sind nach dem Release fehlgeschlagen.',
    nextStep: 'Die Logs des Test-Pods lesen, der in der Meldung steht.',
  },
  H4: {
    cause: 'Helm konnte das Release „{{release}}“ nicht zurückrollen.',
    nextStep: HELM_ERROR,
  },
  H5: {
    cause: 'Helm konnte das Release „{{release}}“ nicht deinstallieren.',
    nextStep: HELM_ERROR,
  },
  H6: {
    cause:
      'Das Chart ließ sich nicht holen: Seine Quelle fehlt oder ist gestört.',
    nextStep:
      'Das HelmChart und das Repository in Ordnung bringen, aus dem es kommt.',
  },
  H7: {
    cause: 'Eine ConfigMap oder ein Secret, woraus die Werte kommen, fehlt.',
    nextStep:
      'Anlegen, was `spec.valuesFrom` nennt, oder es als optional kennzeichnen.',
  },
  H8: {
    cause:
      'Der Zustand, den Helm für das Release gespeichert hat, ist nicht lesbar.',
    nextStep: 'Die Release-Secrets von Helm im Namespace des Releases ansehen.',
  },
  H9: {
    cause:
      'Das Release ist so oft fehlgeschlagen, wie es darf, und wird nicht mehr versucht.',
    nextStep:
      'Beheben, was in der Meldung steht, dann den Fehlerzähler zurücksetzen und abgleichen.',
  },
  H10: {
    cause:
      'Das Release ist fehlgeschlagen, und es gibt kein früheres zum Zurückrollen.',
    nextStep:
      'Das Chart oder seine Werte in Ordnung bringen; das nächste Release beginnt dann von vorn.',
  },
  H11: {
    cause: 'Objekte des Releases wurden von jemand anderem als Helm geändert.',
    nextStep:
      'Die Änderungen aus der Meldung zurücknehmen oder durch Drift Detection berichtigen lassen.',
  },
  T1: {
    cause:
      'Niemand arbeitet am Löschen von {{object}}: {{controller}} ist weg oder auf null skaliert.',
    nextStep:
      '{{controller}} wieder starten; den Finalizer von Hand zu entfernen, ließe die Workloads verwaist zurück.',
  },
  T2: {
    cause:
      '{{object}} wird gelöscht, aber das Löschen des Angewendeten wird verweigert.',
    nextStep:
      'Dem Deploy-Konto das Recht zum Löschen geben oder den Webhook oder die Richtlinie aus der Meldung lösen; es wird erneut versucht.',
  },
  T3: {
    cause:
      '{{object}} wartet auf das Ende der angewendeten Objekte, von denen einige durch eigene Finalizer gehalten werden.',
    nextStep:
      'Die Objekte ansehen, die noch da sind, und worauf ihre Finalizer warten.',
  },
  'T3-released': {
    cause:
      '{{object}} ist weg, aber angewendete Objekte endeten nicht rechtzeitig und werden nicht mehr verfolgt.',
    nextStep:
      'Die Objekte aus der Meldung ansehen, und worauf ihre Finalizer warten.',
  },
  'T4-missing': {
    cause:
      '{{object}} kann das Angewendete nicht löschen: Der Ziel-Namespace „{{namespace}}“ ist weg und mit ihm die Rechte des Deploy-Kontos.',
    nextStep: SUSPEND_FIRST,
  },
  'T4-terminating': {
    cause:
      '{{object}} kann das Angewendete nicht löschen: Der Ziel-Namespace „{{namespace}}“ wird gelöscht und mit ihm die Rechte des Deploy-Kontos.',
    nextStep: SUSPEND_FIRST,
  },
  'T4-account': {
    cause:
      '{{object}} wurde nach dem Deploy-Konto gelöscht, daher wurde nicht aufgeräumt: Das Angewendete bleibt dort, ohne Besitzer.',
    nextStep: DELETE_REMAINS,
  },
  'T4-namespace': {
    cause:
      '{{object}} wurde mitsamt dem Namespace gelöscht, in dem das Deploy-Konto zuerst gegangen sein kann: In anderen Namespaces kann Angewendetes ohne Besitzer übrig sein.',
    nextStep: DELETE_REMAINS,
  },
  'terminating-held': {
    cause: '{{object}} wird gelöscht und gehalten durch {{finalizers}}.',
    nextStep:
      'Den Controller finden, der den Finalizer gesetzt hat, und ihn seine Arbeit beenden lassen.',
  },
  'suspended-deletion': {
    cause:
      '{{object}} wird gelöscht, während es pausiert ist: Das Angewendete bleibt im Cluster, ohne Besitzer.',
    nextStep:
      'Fortsetzen, solange es noch da ist; dann werden die Workloads mit gelöscht.',
  },
  'missing-gone': {
    cause:
      '{{object}} war bis {{time}} da und ist weg: Jemand hat es im Cluster gelöscht.',
    nextStep: CREATE_AGAIN,
  },
  missing: {
    cause: '{{object}} wurde im Cluster nie gesehen.',
    nextStep: CREATE_AGAIN,
  },
  unreadable: {
    cause: 'Das Portal kann {{object}} nicht aus dem Cluster lesen{{known}}.',
    nextStep:
      'Prüfen, ob der Cluster antwortet und das Konto des Portals dort Flux-Objekte lesen darf.',
  },
  'no-controller-shard': {
    cause:
      'Kein Controller arbeitet an {{object}}: Kein {{controller}} bedient den Shard „{{shard}}“.',
    nextStep:
      'Einen {{controller}} für den Shard „{{shard}}“ starten oder das Label entfernen.',
  },
  'no-controller': {
    cause:
      'Kein Controller arbeitet an {{object}}: {{controller}} ist ausgefallen oder beobachtet den Namespace nicht.',
    nextStep:
      'Prüfen, ob {{controller}} läuft und den Namespace „{{namespace}}“ beobachtet.',
  },
  'overdue-request': {
    cause:
      'Der mit „{{token}}“ angeforderte Abgleich von {{object}} wurde nicht binnen einer Minute aufgenommen.',
    nextStep: CHECK_CONTROLLER,
  },
  'overdue-timeout': {
    cause:
      '{{object}} arbeitet über eine Minute länger, als das Zeitlimit von {{seconds}} s erlaubt.',
    nextStep: CHECK_CONTROLLER,
  },
  'overdue-spec': {
    cause:
      '{{controller}} hat die neue Spec von {{object}} nicht binnen einer Minute aufgenommen: vielleicht ausgefallen oder ausgelastet.',
    nextStep: CHECK_CONTROLLER,
  },
  'overdue-revision': {
    cause:
      '{{controller}} hat die neue Revision von {{object}} nicht binnen einer Minute aufgenommen: vielleicht ausgefallen oder ausgelastet.',
    nextStep: CHECK_CONTROLLER,
  },
  'suspended-request': {
    cause:
      '{{object}} ist pausiert, daher bewirkt der angeforderte Abgleich nichts.',
    nextStep: 'Fortsetzen; das gleicht sofort ab.',
  },
  unlisted: {
    cause: '{{object}} schlägt fehl mit „{{reason}}“.',
    nextStep: OWN_WORDS,
  },
  'unlisted-unknown': {
    cause:
      '{{object}} ist in einem Zustand, den der Controller „{{reason}}“ nennt.',
    nextStep: OWN_WORDS,
  },
  frozen: {
    cause:
      'Die letzte gute Revision läuft, aber spätere Commits kommen nicht an: {{trouble}}',
    nextStep: '{{trouble}}',
  },
} as const;
