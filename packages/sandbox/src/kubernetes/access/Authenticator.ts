import { createHash, timingSafeEqual } from 'node:crypto';
import { unauthorized } from '../statusErrors';
import { UserInfo, anonymous, userFromName } from './UserInfo';

/** A bearer token and who it stands for. */
export interface TokenUser {
  token: string;
  name: string;
  groups?: readonly string[];
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Knows users by bearer token; a request without one is anonymous, one with an unknown token is refused. */
export class Authenticator {
  private readonly users: Array<{ digest: Buffer; user: UserInfo }>;

  constructor(users: readonly TokenUser[]) {
    this.users = users.map(({ token, name, groups }) => ({
      digest: digest(token),
      user: userFromName(name, groups),
    }));
  }

  /** The user behind an `Authorization` header. Throws 401 for a token nobody has. */
  authenticate(header: string | undefined): UserInfo {
    const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
    if (!token) {
      return anonymous;
    }
    const presented = digest(token);
    const match = this.users.find(entry =>
      timingSafeEqual(entry.digest, presented),
    );
    if (!match) {
      throw unauthorized();
    }
    return match.user;
  }
}
