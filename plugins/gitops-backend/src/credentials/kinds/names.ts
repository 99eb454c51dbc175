/**
 * What a credential is called at the host. It follows from the row's id, which is
 * chosen before anything is made: one whose creation was not heard of is found
 * again, and nobody else's is mistaken for it.
 *
 * @internal
 */
export function credentialTitle(slug: string, authId: string): string {
  return `backstage-gitops ${slug} ${authId.slice(0, 8)}`;
}
