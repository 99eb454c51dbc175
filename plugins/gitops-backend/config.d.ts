import type { HumanDuration } from '@backstage/types';

export interface Config {
  /** GitOps: projects, environments, credentials and what Flux makes of them. */
  gitops?: {
    /**
     * Name of the cluster for environments that name none, as in `kubernetes`.
     * The first cluster if absent.
     */
    defaultCluster?: string;

    encryption?: {
      /**
       * Keys that keep credentials in the database. The first one encrypts, all of
       * them decrypt: put a new key in front and leave the old one until every
       * secret has been written anew. Make one with `openssl rand -base64 32`.
       */
      keys: Array<{
        /** Any name of letters, digits, '-' and '_'; stored beside each secret. */
        id: string;
        /**
         * 32 random bytes in base64.
         * @visibility secret
         */
        secret: string;
      }>;
    };

    /** What the portal needs to know of Git hosts beside their `integrations`. */
    gitHosts?: Array<{
      /** As in `integrations`, with the port if it has one. */
      host: string;

      /** How Git reaches the host over SSH; makes deploy keys possible. */
      ssh?: {
        /** Name in SSH addresses. That of the host by default. */
        host?: string;
        /** 22 by default. */
        port?: number;
        /** `git` by default. */
        user?: string;
        /**
         * Lines of a `known_hosts` file that pin the host's keys. Needed unless
         * the host tells its keys in its API, as GitHub does.
         */
        knownHosts?: string;
      };

      /**
       * The portal as an OAuth application of the host, registered there as a
       * confidential one with the redirect URI `<app.baseUrl>/gitops/connections/callback`.
       */
      oauth?: {
        clientId: string;
        /** @visibility secret */
        clientSecret: string;
      };

      /**
       * Whether the host may have private addresses, as one inside the company
       * has. Loopback needs no permission in development. False by default.
       */
      allowPrivateAddress?: boolean;
    }>;

    credentials?: {
      /**
       * Whether the namespace of each environment gets a copy of the Git
       * credential, beside the one that Flux uses. On by default.
       */
      syncToEnvironments?: boolean;
      /** How old the last check of a credential at its host may become. One hour by default. */
      validateEvery?: HumanDuration | string;
      /** Days before the end of a credential at which an event is written. 14 and 3 by default. */
      expiryWarningDays?: number[];
    };

    repositories?: {
      refresh?: {
        /** How old the knowledge of a repository may become. Six hours by default. */
        every?: HumanDuration | string;
        /** Most repositories to ask one Git host about in a minute. 60 by default. */
        perHostPerMinute?: number;
      };
    };

    /** How long the history is kept. One year each by default. */
    retention?: {
      /** What happened to projects, connections and the portal. */
      events?: HumanDuration | string;
      /** What the portal did at Git hosts. */
      syncLogs?: HumanDuration | string;
    };

    initialization?: {
      /** Author of first commits. */
      commitAuthor?: { name: string; email: string };
      /**
       * A set-up that nobody works on and that did not change for so long is
       * marked as failed. One hour by default.
       */
      stuckAfter?: HumanDuration | string;
    };
  };
}
