/** A diagnosis in words; `{{name}}` stands for a value of its wording. @public */
export type DiagnosisMessage = {
  cause: string;
  nextStep: string;
};

const CREATE_AGAIN =
  'Run the set-up of its project again: it creates what is missing.';
const HELM_ERROR =
  'Read the Helm error in the message and mend the chart, its values or the hook it names.';
const DELETE_REMAINS =
  'Delete what is left in other namespaces by hand; next time delete the Kustomization first and its account and namespace after it.';
const CHECK_CONTROLLER =
  'Check that {{controller}} runs and is not overloaded.';

/** Sources. */
const sourceMessages = {
  G1: {
    cause:
      "The Secret '{{secret}}' with the Git credentials does not exist in namespace '{{namespace}}'.",
    nextStep:
      "Create the Secret '{{secret}}' in namespace '{{namespace}}', then reconcile the source.",
  },
  'G2-https': {
    cause: '{{secret}} lacks the keys that an HTTPS URL needs.',
    nextStep: 'Give the Secret `username` and `password`, or `bearerToken`.',
  },
  'G2-ssh': {
    cause: '{{secret}} lacks the keys that an SSH URL needs.',
    nextStep: 'Give the Secret `identity` and `known_hosts`.',
  },
  G3: {
    cause:
      'The SSH key in {{secret}} has a passphrase, and the Secret does not hold it.',
    nextStep:
      'Replace the key by one without a passphrase, or add the passphrase to the Secret as `password`.',
  },
  G4: {
    cause:
      '{{host}} did not accept the credentials: the token is wrong, expired or revoked, or {{secret}} holds it under other keys than `username` and `password`.',
    nextStep: 'Rotate the token in {{secret}}.',
  },
  'G4-anonymous': {
    cause:
      '{{host}} asks for credentials and the source has none; some hosts also answer so for a repository that does not exist.',
    nextStep: 'Add a `secretRef` with a token that may read the repository.',
  },
  G5: {
    cause:
      '{{host}} knows the token but refuses access: it lacks the scope or an SSO approval, or the address is blocked.',
    nextStep: 'Grant the token read access to the contents of {{url}}.',
  },
  G6: {
    cause:
      'There is no repository at {{url}}, or the credentials may not see it.',
    nextStep:
      'Open the URL with the same credentials, then correct the URL or the access.',
  },
  'G7-branch': {
    cause: "The branch '{{ref}}' does not exist in the repository{{note}}.",
    nextStep:
      "Set `spec.ref.branch` to a branch that exists, or push '{{ref}}'.",
  },
  'G7-tag': {
    cause: "The tag '{{ref}}' does not exist in the repository{{note}}.",
    nextStep: "Set `spec.ref.tag` to a tag that exists, or push '{{ref}}'.",
  },
  G8: {
    cause:
      "'{{ref}}' is no longer in the repository: its history was rewritten, or the commit cannot be reached.",
    nextStep:
      'Point `spec.ref` at a commit that exists; after a rewritten history, recreate the source.',
  },
  G9: {
    cause: "No tag of the repository fits the range '{{range}}'.",
    nextStep: 'Push a tag within the range, or widen the range.',
  },
  G10: {
    cause: 'The repository {{url}} has no commit yet.',
    nextStep: "Push a first commit to the branch '{{ref}}'.",
  },
  G11: {
    cause:
      '{{host}} does not know the SSH key: it was never registered, was removed, or belongs to another repository.',
    nextStep:
      'Register the public key of {{secret}} as a deploy key of the repository.',
  },
  G12: {
    cause:
      'The host key of {{host}} is not the one in `known_hosts` of {{secret}}.',
    nextStep:
      'Take the host key from a source you trust and put it into `known_hosts` of the Secret.',
  },
  'G13-unresolved': {
    cause: 'The cluster cannot reach {{host}}: its name does not resolve.',
    nextStep:
      'Check from inside the cluster that {{host}} can be reached, also through its proxy.',
  },
  'G13-refused': {
    cause: 'The cluster cannot reach {{host}}: nothing accepts the connection.',
    nextStep:
      'Check from inside the cluster that {{host}} can be reached, also through its proxy.',
  },
  'G13-slow': {
    cause:
      'Fetching from {{host}} took longer than {{timeout}}: the network is slow or blocked, or the repository is too large.',
    nextStep:
      'Test the connection to {{host}} from inside the cluster, and raise `spec.timeout` if it is only slow.',
  },
  G14: {
    cause: 'The certificate of {{host}} is not trusted.',
    nextStep:
      'Put the certificate of the authority that signed it into {{secret}} as `ca.crt`.',
  },
  G15: {
    cause: '{{object}} sends its credentials in clear over plain HTTP.',
    nextStep:
      'Use an https:// URL, with the credentials in the Secret of `spec.secretRef`.',
  },
  G16: {
    cause: "The URL '{{url}}' cannot be read.",
    nextStep: 'Correct `spec.url`.',
  },
  'G17-github': {
    cause: 'The provider is `github`, but {{secret}} holds no GitHub App data.',
    nextStep:
      'Give the Secret `githubAppID`, `githubAppPrivateKey` and the installation, or remove `spec.provider`.',
  },
  'G17-other': {
    cause:
      '{{secret}} holds GitHub App data, but the provider is not `github`.',
    nextStep: 'Set `spec.provider` to `github`.',
  },
  G18: {
    cause:
      'The source uses a workload identity of its own, which is switched off in source-controller.',
    nextStep:
      'Ask the platform team to enable the feature gate that the message names, or use a Secret.',
  },
  'G19-missing': {
    cause: "The included GitRepository '{{include}}' does not exist.",
    nextStep:
      "Create GitRepository '{{include}}', or take it out of `spec.include`.",
  },
  'G19-unfetched': {
    cause: "The included GitRepository '{{include}}' was never fetched.",
    nextStep:
      "Find out why GitRepository '{{include}}' has no artifact and mend that first.",
  },
  G20: {
    cause:
      "The signature of '{{ref}}' could not be verified: it is unsigned, or signed by a key that is not trusted.",
    nextStep:
      'Sign the commit or tag, or add the public key of its signer to the Secret of `spec.verify`.',
  },
  G21: {
    cause:
      'source-controller cannot store what it fetched: its disk is full or read-only.',
    nextStep:
      'Ask the platform team to free or mend the storage of source-controller.',
  },
  G22: {
    cause:
      'A directory listed for the sparse checkout is not in the repository.',
    nextStep: 'Correct the directories in `spec.sparseCheckout`.',
  },
} as const;

/** Kustomizations. */
const kustomizationMessages = {
  K1: {
    cause: '{{source}} does not exist.',
    nextStep:
      'Create {{source}}, or let `spec.sourceRef` name one that exists.',
  },
  'K2-suspended': {
    cause: '{{source}} is suspended and has not fetched anything.',
    nextStep: 'Resume {{source}}.',
  },
  'K2-fetching': {
    cause: '{{source}} is still fetching its first revision.',
    nextStep: 'Wait for {{source}}; what it fetches is picked up.',
  },
  K2: {
    cause: '{{source}} has not fetched anything yet.',
    nextStep:
      'Look at the conditions of {{source}}; it is tried again every 30 s.',
  },
  K3: {
    cause:
      'The artifact of {{source}} has vanished, most often because source-controller restarted.',
    nextStep: 'Reconcile {{source}}, or wait for one interval of it.',
  },
  K4: {
    cause: "The path '{{path}}' is not in the repository{{revision}}.",
    nextStep:
      "Commit the directory '{{path}}' to the branch of {{source}}, or correct `spec.path`.",
  },
  K5: {
    cause:
      'kustomize-controller could not get the artifact of {{source}} from source-controller, or it arrived damaged.',
    nextStep:
      'Reconcile {{source}}; if it stays so, allow the traffic between the two controllers.',
  },
  K6: {
    cause:
      '{{source}} is in another namespace, which this cluster does not allow.',
    nextStep:
      "Keep the source in namespace '{{namespace}}' and refer to it there.",
  },
  K7: {
    cause:
      "The file '{{file}}' is not in the repository{{revision}}, but {{list}} names it.",
    nextStep: "Commit '{{file}}', or correct its name in {{list}}.",
  },
  'K7-unnamed': {
    cause:
      'A file is not in the repository{{revision}}, but {{list}} names it.',
    nextStep: 'Commit the file, or correct its name in {{list}}.',
  },
  K8: {
    cause:
      "The kustomization.yaml under '{{path}}' is not one of kustomize: its apiVersion is wrong, or it is a Flux Kustomization.",
    nextStep:
      'Set its apiVersion to `kustomize.config.k8s.io/v1beta1`, or give the Flux object another file name.',
  },
  K9: {
    cause: 'A patch points at an object or a path that does not exist.',
    nextStep: 'Correct the target or the path of the patch in the message.',
  },
  K10: {
    cause: 'The same object is defined twice.',
    nextStep: 'Remove one of the two definitions of the id in the message.',
  },
  K11: {
    cause: "A file under '{{path}}' is not valid YAML of a Kubernetes object.",
    nextStep: 'Correct the file and line that the message names.',
  },
  'K12-source': {
    cause:
      "The {{kind}} '{{name}}' that variables are taken from cannot be read.",
    nextStep: "Create {{kind}} '{{name}}', or mark it optional.",
  },
  K12: {
    cause: 'A variable in the manifests cannot be substituted.',
    nextStep:
      'Correct the variable in the message; write `$${` where no variable is meant.',
  },
  'K13-unset': {
    cause: 'A Secret is encrypted with SOPS and no decryption is set.',
    nextStep: 'Set `spec.decryption` with the Secret of the key.',
  },
  'K13-named': {
    cause:
      "The Secret '{{secret}}' with the decryption key is missing or does not fit.",
    nextStep:
      "Put the key that the files were encrypted for into Secret '{{secret}}'.",
  },
  K13: {
    cause: 'The decryption key is missing or does not fit.',
    nextStep:
      'Put the key that the files were encrypted for into the decryption Secret.',
  },
  'K14-unread': {
    cause: '{{identity}} may not do what the apply needs.',
    nextStep: 'Bind a Role to {{identity}} that allows what the message names.',
  },
  'K14-elsewhere': {
    cause:
      "The overlay writes {{resource}} to namespace '{{namespace}}', where user '{{user}}' may not {{verb}} them; this Kustomization deploys to '{{target}}'.",
    nextStep:
      "Take namespace '{{namespace}}' out of the overlay, so that everything goes to '{{target}}'.",
  },
  'K14-namespace': {
    cause:
      "User '{{user}}' may not {{verb}} {{resource}} in namespace '{{namespace}}', or does not exist.",
    nextStep:
      "Bind a Role in namespace '{{namespace}}' to {{identity}} with the rule {{rule}}.",
  },
  'K14-cluster': {
    cause:
      "User '{{user}}' may not {{verb}} {{resource}} in the cluster, or does not exist.",
    nextStep:
      'Bind a ClusterRole in the cluster to {{identity}} with the rule {{rule}}.',
  },
  K15: {
    cause:
      "The namespace '{{namespace}}' is being deleted: the environment is being torn down.",
    nextStep:
      'Wait until the namespace is gone, or clear the finalizers that hold it.',
  },
  K16: {
    cause:
      "The target namespace '{{namespace}}' does not exist, and Flux does not create it.",
    nextStep:
      "Create namespace '{{namespace}}' with the deploy account's rights in it.",
  },
  K17: {
    cause: '{{manifest}} names no namespace.',
    nextStep: 'Set `spec.targetNamespace`.',
  },
  K18: {
    cause:
      "The cluster does not know the kind '{{kind}}'{{version}}: its CustomResourceDefinition is not installed.",
    nextStep:
      "Add the Kustomization that installs '{{kind}}' to `spec.dependsOn`.",
  },
  K19: {
    cause: '{{manifest}} has a value or a type that the API does not accept.',
    nextStep: 'Correct the field that the message names in the manifest.',
  },
  K20: {
    cause: '{{manifest}} changes a field that cannot be changed.',
    nextStep:
      'Delete the object so that it is made anew, or allow that with the annotation `kustomize.toolkit.fluxcd.io/force: enabled` on it.',
  },
  'K21-webhook': {
    cause: "The admission webhook '{{policy}}' refused {{manifest}}.",
    nextStep:
      "Change the manifest as the policy's own words in the message ask.",
  },
  'K21-policy': {
    cause: "The policy '{{policy}}' refused {{manifest}}.",
    nextStep:
      "Change the manifest as the policy's own words in the message ask.",
  },
  K22: {
    cause:
      "{{manifest}} runs as service account '{{account}}', which does not exist{{place}}.",
    nextStep: 'Add the service account to the manifests.',
  },
  K23: {
    cause: 'Another writer owns a field of {{manifest}}.',
    nextStep: 'Stop the other writer, or leave the field out of the manifest.',
  },
  'K24-secret': {
    cause:
      'The Secret with the kubeconfig of the remote cluster cannot be read.',
    nextStep: 'Create the Secret that `spec.kubeConfig` names.',
  },
  'K24-cluster': {
    cause: 'The cluster to deploy to does not answer.',
    nextStep: 'Check the kubeconfig and the network path to that cluster.',
  },
  K26: {
    cause:
      '{{workloads}} did not become ready in time: an image, a probe, a quota or a volume holds it up.',
    nextStep: 'Open the pods, events and logs of {{workloads}}.',
  },
  K27: {
    cause: '{{workloads}} failed for good.',
    nextStep: 'Open {{workloads}} and mend what its own status says.',
  },
  'K28-named': {
    cause: 'A health check names {{object}}, which does not exist.',
    nextStep:
      'Correct `spec.healthChecks`, or add {{object}} to the manifests.',
  },
  K28: {
    cause: 'A health check names an object or kind, which does not exist.',
    nextStep:
      'Correct `spec.healthChecks`, or add the object to the manifests.',
  },
  K29: {
    cause: 'A newer change took the place of this run; nothing failed.',
    nextStep: 'Nothing to do: the next run is under way.',
  },
  K30: {
    cause:
      '{{object}} that left the repository could not be deleted from the cluster.',
    nextStep:
      'Clear the refusal that the message names; the deletion is tried again.',
  },
  K31: {
    cause: 'A CEL expression in the spec is not valid.',
    nextStep: 'Correct the expression that the message names.',
  },
  K32: {
    cause:
      'Decryption uses a service account of its own, which is switched off in kustomize-controller.',
    nextStep:
      'Ask the platform team to enable the feature gate that the message names.',
  },
  K33: {
    cause: 'The scratch disk of kustomize-controller is full or read-only.',
    nextStep:
      'Ask the platform team to free or mend the temporary storage of kustomize-controller.',
  },
} as const;

/** What waits for another object. */
const dependencyMessages = {
  K25: {
    cause: '{{object}} waits for a dependency.',
    nextStep: 'Look at the dependency that the message names.',
  },
  'K25-circle': {
    cause: 'The dependencies go round in a circle and never end: {{circle}}.',
    nextStep: 'Take one of these dependencies out of `spec.dependsOn`.',
  },
  'K25-missing': {
    cause: '{{object}} waits for {{blocker}}, which does not exist.',
    nextStep: 'Create {{blocker}}, or take it out of `spec.dependsOn`.',
  },
  'K25-suspended': {
    cause:
      '{{object}} waits for {{blocker}}, which is suspended and was not ready before.',
    nextStep: 'Resume {{blocker}}.',
  },
  'K25-terminating': {
    cause: '{{object}} waits for {{blocker}}, which is being deleted.',
    nextStep:
      'Take {{blocker}} out of `spec.dependsOn`, or create it anew once it is gone.',
  },
  'K25-reconciling': {
    cause: '{{object}} waits for {{blocker}}, which is still at work.',
    nextStep:
      'Wait for {{blocker}}; the dependency is looked at again every 30 s.',
  },
  'K25-ready': {
    cause: '{{object}} waits for {{blocker}}, which is ready by now.',
    nextStep:
      'Wait for the next look, at most 30 s, or see whether `readyExpr` asks for more.',
  },
  'K25-unready': {
    cause: '{{object}} waits for {{blocker}}, which is not ready.',
    nextStep: 'Look at the conditions of {{blocker}}.',
  },
} as const;

/** HelmReleases. */
const helmReleaseMessages = {
  H1: {
    cause: "Helm could not install the release '{{release}}'.",
    nextStep: HELM_ERROR,
  },
  H2: {
    cause: "Helm could not upgrade the release '{{release}}'.",
    nextStep: HELM_ERROR,
  },
  H3: {
    cause: "The Helm tests of '{{release}}' failed after the release.",
    nextStep: 'Read the logs of the test pod that the message names.',
  },
  H4: {
    cause: "Helm could not roll back the release '{{release}}'.",
    nextStep: HELM_ERROR,
  },
  H5: {
    cause: "Helm could not uninstall the release '{{release}}'.",
    nextStep: HELM_ERROR,
  },
  H6: {
    cause: 'The chart could not be fetched: its source is missing or fails.',
    nextStep: 'Mend the HelmChart and the repository it comes from.',
  },
  H7: {
    cause: 'A ConfigMap or Secret that the values come from is missing.',
    nextStep: 'Create what `spec.valuesFrom` names, or mark it optional.',
  },
  H8: {
    cause: 'The state that Helm stored for the release cannot be read.',
    nextStep: 'Look at the release Secrets of Helm in the release namespace.',
  },
  H9: {
    cause: 'The release failed as often as it may, and is not tried again.',
    nextStep:
      'Mend what the message names, then reset the failure counter and reconcile.',
  },
  H10: {
    cause: 'The release failed and there is no earlier one to roll back to.',
    nextStep:
      'Mend the chart or its values; the next release then starts anew.',
  },
  H11: {
    cause: 'Objects of the release were changed by someone other than Helm.',
    nextStep:
      'Undo the changes that the message lists, or let drift detection correct them.',
  },
} as const;

/** Deletions. */
const deletionMessages = {
  T1: {
    cause:
      'Nothing works on the deletion of {{object}}: {{controller}} is gone or scaled to zero.',
    nextStep:
      'Restart {{controller}}; removing the finalizer by hand would orphan the workloads.',
  },
  T2: {
    cause:
      '{{object}} is being deleted, but deleting what it applied is refused.',
    nextStep:
      'Give the deploy account the right to delete, or clear the webhook or policy that the message names; it is tried again.',
  },
  T3: {
    cause:
      '{{object}} waits for the objects it applied to end, and some are held by finalizers of their own.',
    nextStep:
      'Look at the objects that are still there and at what their finalizers wait for.',
  },
  'T3-released': {
    cause:
      '{{object}} is gone, but objects it applied did not end in time and are no longer tracked.',
    nextStep:
      'Look at the objects that the message names and at what their finalizers wait for.',
  },
  'T4-missing': {
    cause:
      "{{object}} cannot delete what it applied: the target namespace '{{namespace}}' is gone, and the rights of the deploy account with it.",
    nextStep:
      'Suspend it, which ends the deletion without pruning, and delete by hand what it applied in other namespaces; next time delete the Kustomization first.',
  },
  'T4-terminating': {
    cause:
      "{{object}} cannot delete what it applied: the target namespace '{{namespace}}' is being deleted, and the rights of the deploy account with it.",
    nextStep:
      'Suspend it, which ends the deletion without pruning, and delete by hand what it applied in other namespaces; next time delete the Kustomization first.',
  },
  'T4-account': {
    cause:
      '{{object}} was deleted after its deploy account, so nothing was pruned: what it applied stays there, unowned.',
    nextStep: DELETE_REMAINS,
  },
  'T4-namespace': {
    cause:
      '{{object}} was deleted together with its namespace, where its deploy account may have gone first: what it applied in other namespaces may still be there, unowned.',
    nextStep: DELETE_REMAINS,
  },
  'terminating-held': {
    cause: '{{object}} is being deleted and held by {{finalizers}}.',
    nextStep:
      'Find the controller that set the finalizer and let it finish its work.',
  },
  'suspended-deletion': {
    cause:
      '{{object}} is deleted while suspended: what it applied stays in the cluster, unowned.',
    nextStep:
      'Resume it while it is still there; then its workloads are deleted with it.',
  },
} as const;

/** What no controller says of itself. */
const generalMessages = {
  'missing-gone': {
    cause:
      '{{object}} was there until {{time}} and is gone: somebody deleted it in the cluster.',
    nextStep: CREATE_AGAIN,
  },
  missing: {
    cause: '{{object}} was never seen in the cluster.',
    nextStep: CREATE_AGAIN,
  },
  unreadable: {
    cause: 'The portal cannot read {{object}} from the cluster{{known}}.',
    nextStep:
      "Check that the cluster answers and that the portal's account may read Flux objects there.",
  },
  'no-controller-shard': {
    cause:
      "No controller works on {{object}}: no {{controller}} serves the shard '{{shard}}'.",
    nextStep:
      "Start a {{controller}} for the shard '{{shard}}', or remove the label.",
  },
  'no-controller': {
    cause:
      'No controller works on {{object}}: {{controller}} is down or does not watch its namespace.',
    nextStep:
      "Check that {{controller}} runs and watches namespace '{{namespace}}'.",
  },
  'overdue-request': {
    cause:
      "The reconcile of {{object}} requested with '{{token}}' was not picked up within a minute.",
    nextStep: CHECK_CONTROLLER,
  },
  'overdue-timeout': {
    cause:
      '{{object}} is at work for more than a minute longer than its timeout of {{seconds}} s allows.',
    nextStep: CHECK_CONTROLLER,
  },
  'overdue-spec': {
    cause:
      '{{controller}} has not picked up the new spec of {{object}} within a minute: it may be down or busy.',
    nextStep: CHECK_CONTROLLER,
  },
  'overdue-revision': {
    cause:
      '{{controller}} has not picked up the new revision of {{object}} within a minute: it may be down or busy.',
    nextStep: CHECK_CONTROLLER,
  },
  'suspended-request': {
    cause:
      '{{object}} is suspended, so the requested reconcile will never do any work.',
    nextStep: 'Resume it; that reconciles it at once.',
  },
  unlisted: {
    cause: "{{object}} fails with '{{reason}}'.",
    nextStep: "Read the controller's own words, and the events of the object.",
  },
  'unlisted-unknown': {
    cause: "{{object}} is in a state that its controller calls '{{reason}}'.",
    nextStep: "Read the controller's own words, and the events of the object.",
  },
  frozen: {
    cause:
      'The last good revision runs, but later commits will not arrive: {{trouble}}',
    nextStep: '{{trouble}}',
  },
} as const;

/**
 * Every diagnosis in English, by the id of its wording: the row of the
 * catalogue, and after a dash which of the row's cases it is.
 * @public
 */
export const diagnosisMessages = {
  ...sourceMessages,
  ...kustomizationMessages,
  ...dependencyMessages,
  ...helmReleaseMessages,
  ...deletionMessages,
  ...generalMessages,
} as const satisfies Record<string, DiagnosisMessage>;
