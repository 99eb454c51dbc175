/** An account that may sign in at the sandbox's Git host. */
export interface GitHostUser {
  username: string;
  password: string;
  email?: string;
  fullName?: string;
  /** May do everything everywhere. */
  admin?: boolean;
  /** Access tokens known from the start, beside those made through the API. */
  tokens?: { name: string; token: string; scopes?: string[] }[];
}

/** An organization; rights are by list, as the API has no teams here. */
export interface GitHostOrganization {
  name: string;
  fullName?: string;
  description?: string;
  /** Administrate every repository. */
  owners?: string[];
  /** May create repositories and write to all of them. */
  members?: string[];
  /** May read all of them. */
  readers?: string[];
}

/** Rights on a repository, in rising order. */
export const rights = ['none', 'read', 'write', 'admin', 'owner'] as const;
export type Right = (typeof rights)[number];

/** Whether `have` includes `need`. */
export function includesRight(have: Right, need: Right): boolean {
  return rights.indexOf(have) >= rights.indexOf(need);
}
