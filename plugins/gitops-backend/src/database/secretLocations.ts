import type { SecretLocation } from '../credentials/Vault';

function at(table: string, purpose: string) {
  return (rowId: string): SecretLocation => ({ table, rowId, purpose });
}

/** Where each secret of the product lives, by the id of its row. */
export const secretLocations = {
  /** The host token of a set-up, on its project. */
  hostToken: at('projects', 'initialization_host_token'),
  /** A token that Flux shall read with, wished for when the project was made. */
  wishedToken: at('projects', 'wishes.credential.sealedToken'),
  /** Key of an app that Flux shall read with, wished for when the project was made. */
  wishedAppKey: at('projects', 'wishes.credential.sealedPrivateKey'),
  connectionAccessToken: at('git_platform_connections', 'access_token'),
  connectionRefreshToken: at('git_platform_connections', 'refresh_token'),
  gitAuthToken: at('project_git_auth_token', 'token'),
  gitAuthAppKey: at('project_git_auth_app', 'private_key'),
  gitAuthSshKey: at('project_git_auth_ssh', 'private_key'),
  /** The host token that a rotation was given. */
  rotationHostToken: at('project_git_auth_rotations', 'host_token'),
};
