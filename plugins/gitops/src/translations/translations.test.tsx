import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { renderTestApp } from '@backstage/frontend-test-utils';
import {
  appLanguageApiRef,
  PageBlueprint,
  createFrontendPlugin,
  useApi,
} from '@backstage/frontend-plugin-api';
import { backendMessages } from '@backstage-gitops/plugin-gitops-common';
import type {
  ConnectionDocument,
  FleetPage as FleetPageDocument,
  StepName,
} from '@backstage-gitops/plugin-gitops-common';
import { useEffect } from 'react';
import { credentialDocument } from '../__testUtils__/credentialDocument';
import { drawWindow } from '../__testUtils__/drawWindow';
import { Portal } from '../__testUtils__/portal';
import {
  ago,
  environmentDocument,
  resourceDocument,
  stepDocuments,
} from '../__testUtils__/projectDocument';
import { GITOPS_URL, renderForEntity } from '../__testUtils__/renderForEntity';
import { ConnectionsPage } from '../components/connections/ConnectionsPage';
import { FleetPage } from '../components/fleet/FleetPage';
import { EntityGitopsContent } from '../components/content/EntityGitopsContent';
import { renderPage } from '../__testUtils__/renderPage';
import { useGitopsTranslation } from '../hooks/useGitopsTranslation';
import { gitopsTranslationRef } from '../translation';
import { de } from './de';
import { flattenMessages } from './flattenMessages';

const german: Record<string, string> = flattenMessages(de);
// A ref gives out its messages to the app alone, which is what reads them here.
const english: Record<string, string> = {
  ...(
    gitopsTranslationRef as unknown as {
      getDefaultMessages(): Record<string, string>;
    }
  ).getDefaultMessages(),
  // What the backend sends in English is not among them.
  ...flattenMessages({ backend: backendMessages }),
};

/** Words that are the same in both languages: names, and terms of the trade. */
const SHARED = new Set(
  `GitOps Live live OAuth Token Scopes Commit Namespace Cluster Branch Secret
  Repository Kustomization Workloads Conditions Events`.split(/\s+/),
);

function placeholders(message: string): string[] {
  return (message.match(/{{\s*\w+\s*}}/g) ?? []).sort();
}

describe('German', () => {
  it('says everything that English says, and nothing else', () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it('speaks of the same things', () => {
    for (const [key, message] of Object.entries(english)) {
      expect({ key, of: placeholders(german[key]) }).toEqual({
        key,
        of: placeholders(message),
      });
    }
  });

  it('is German throughout', () => {
    const leftovers = Object.entries(english).filter(
      ([key, message]) =>
        german[key] === message &&
        message !== '' &&
        !SHARED.has(message) &&
        // Commands and what is made of placeholders alone.
        !key.startsWith('commands.purpose.') &&
        /[a-z]{2}/i.test(message.replace(/{{\s*\w+\s*}}| in /g, '')),
    );
    expect(leftovers).toEqual([]);
    const words = Object.values(german).join(' ').toLowerCase();
    expect(words).not.toMatch(/\b(the|and|with|your|could not|is not)\b/);
  });

  it('is loaded for portals that speak it', async () => {
    function Words() {
      const languages = useApi(appLanguageApiRef);
      const t = useGitopsTranslation();
      useEffect(() => languages.setLanguage('de'), [languages]);
      return <p>{t('fleet.total', { count: 3 })}</p>;
    }
    renderTestApp({
      features: [
        createFrontendPlugin({
          pluginId: 'words',
          extensions: [
            PageBlueprint.make({
              params: {
                path: '/',
                noHeader: true,
                loader: async () => <Words />,
              },
            }),
          ],
        }),
      ],
      config: {
        app: {
          extensions: [
            {
              'api:app/app-language': {
                config: { availableLanguages: ['en', 'de'] },
              },
            },
          ],
        },
      },
    });
    expect(await screen.findByText('3 Projekte')).toBeInTheDocument();
  });
});

/** What the backend says in words of its own is for other readers than these. */
const ENGLISH = 'This sentence is English';

describe('the page in German', () => {
  drawWindow({ window: 600, row: 84 });
  // Apps remember their language.
  afterEach(() => localStorage.clear());
  const portal = Portal.create();
  const show = () =>
    renderForEntity(<EntityGitopsContent />, { signals: true, language: 'de' });

  it('names the steps of a set-up, one that it does not know as it came', async () => {
    const steps = stepDocuments(3, 'running').map(step => ({
      ...step,
      displayName: ENGLISH,
    }));
    portal.show({
      status: 'initializing',
      environments: [],
      sources: [],
      clusters: [],
      initialization: {
        attempt: 1,
        progress: 45,
        running: true,
        steps: [
          ...steps,
          {
            step: 'sign_off' as StepName,
            displayName: 'Freigabe',
            sequence: 8,
            status: 'pending',
            progress: 0,
          },
        ],
      },
    });
    show();
    const list = await screen.findByRole('list', { name: 'Einrichtung' });
    expect(
      within(list)
        .getAllByRole('listitem')
        .map(item => item.textContent),
    ).toEqual([
      expect.stringMatching(/^Zugangsdaten klären/),
      expect.stringMatching(/^Repository anlegen/),
      expect.stringMatching(/^Vorlage übertragen/),
      expect.stringMatching(/^Einträge anlegen/),
      expect.stringMatching(/^Umgebungen anlegen/),
      expect.stringMatching(/^GitOps einrichten/),
      expect.stringMatching(/^Abschließen/),
      expect.stringMatching(/^Freigabe/),
    ]);
    expect(
      screen.getByRole('progressbar', { name: 'Einträge anlegen' }),
    ).toBeInTheDocument();
    expect(document.body).not.toHaveTextContent(ENGLISH);
  });

  it.each([
    ['renamed', 'shop', 'web-shop', /heißt jetzt „web-shop“/],
    ['moved', 'team/shop', 'web/shop', /nach „web\/shop“ verschoben/],
    // A branch may be called like a visibility, and keeps its name.
    [
      'default-branch-changed',
      'public',
      'private',
      /Standard-Branch „private“, und Flux folgt „public“/,
    ],
    ['archived', 'open', 'archived', /ist archiviert, neue Commits/],
    ['deleted', 'team/shop', undefined, /gibt es nicht mehr, oder das Konto/],
    [
      'visibility-changed',
      'private',
      'public',
      /ist jetzt öffentlich und war privat: Bitte/,
    ],
  ] as const)(
    'says what it means that a repository is %s',
    async (kind, recorded, actual, words) => {
      portal.show({
        repositoryConflict: {
          kind,
          recorded,
          actual,
          since: ago(4000),
          message: ENGLISH,
        },
      });
      show();
      const meaning = await screen.findByText(
        /^Das Repository „team\/shop“ bei „git.example.com“ .*: Bitte .* Bemerkt vor 1 Stunde\.$/,
      );
      expect(meaning).toHaveTextContent(words);
      expect(document.body).not.toHaveTextContent(ENGLISH);
    },
  );

  it('says of a credential that it has ended and why it cannot be rotated', async () => {
    portal.show({
      credential: { authType: 'token', validationStatus: 'expired' },
    });
    portal.server.use(
      http.get(`${GITOPS_URL}/projects/shop/credentials`, () =>
        HttpResponse.json(
          credentialDocument({
            authType: 'token',
            managed: false,
            validationStatus: 'expired',
            validationMessage: ENGLISH,
            validationWording: {
              id: 'credentialEnded',
              values: { time: { time: '2026-03-04T12:00:00Z' } },
            },
            notRotatable: 'brought',
          }),
        ),
      ),
    );
    show();
    await userEvent.click(
      await screen.findByRole('button', { name: /Zugangsdaten/ }),
    );
    expect(
      await screen.findByText(
        /^Seit 04\.03\.2026, \d+:00 abgelaufen: Bitte ersetzen\.$/,
      ),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('button', { name: 'Rotieren' }),
    ).toHaveAccessibleDescription(/^Das Portal hat diese Zugangsdaten nicht/);
    expect(document.body).not.toHaveTextContent(ENGLISH);
  });

  it('says of connections what became of them, in the words of hosts where there are none of its own', async () => {
    const host = 'git.example.com';
    const serverUrl = `https://${host}`;
    const connection: Omit<ConnectionDocument, 'id' | 'status'> = {
      provider: 'gitea',
      host,
      serverUrl,
      serverType: 'self-hosted',
      purpose: 'integration',
      statusSince: ago(60),
      method: 'oauth',
      connectedAt: ago(7200),
      usedBy: [],
    };
    const items: ConnectionDocument[] = [
      {
        ...connection,
        id: 'put-off',
        status: 'active',
        message: ENGLISH,
        wording: {
          id: 'renewalPutOff',
          values: {
            host,
            words: { id: 'gitHostAnswered', values: { status: 429 } },
            time: { time: '2026-03-04T12:00:00Z' },
          },
        },
      },
      {
        ...connection,
        id: 'refused',
        status: 'revoked',
        message: ENGLISH,
        wording: {
          id: 'renewalRefused',
          values: { host, words: 'invalid_grant: it was used' },
        },
      },
      {
        ...connection,
        id: 'newer',
        status: 'revoked',
        message: 'Words of a backend that is newer.',
        wording: { id: 'renewalOvertaken' },
      },
    ];
    portal.server.use(
      http.get(`${GITOPS_URL}/connections`, () => HttpResponse.json({ items })),
      http.get(`${GITOPS_URL}/connections/hosts`, () =>
        HttpResponse.json({ items: [] }),
      ),
    );
    renderPage(<ConnectionsPage />, { language: 'de' });
    expect(
      await screen.findByText(
        /^Das Token konnte nicht erneuert werden \(Git-Host „git\.example\.com“: Antwort 429\)\. Nächster Versuch des Portals: 04\.03\.2026, \d+:00\.$/,
      ),
    ).toBeInTheDocument();
    expect(
      screen.getByText(
        'Git-Host „git.example.com“ akzeptiert diese Verbindung nicht mehr (invalid_grant: it was used): Bitte das Konto neu verbinden.',
      ),
    ).toBeInTheDocument();
    expect(
      screen.getByText('Words of a backend that is newer.'),
    ).toBeInTheDocument();
    expect(document.body).not.toHaveTextContent(ENGLISH);
  });

  it('says what is wrong and what to do about it', async () => {
    portal.show({
      environments: [
        environmentDocument('development', {
          status: 'failed',
          diagnosis: {
            id: 'K14',
            cause: ENGLISH,
            nextStep: ENGLISH,
            subject: { kind: 'Kustomization', name: 'shop-development' },
            wording: {
              id: 'K14-unread',
              values: { identity: { id: 'accountOfController' } },
            },
          },
        }),
        environmentDocument('staging', {
          status: 'missing',
          diagnosis: {
            id: 'missing',
            cause: ENGLISH,
            nextStep: ENGLISH,
            subject: { kind: 'Kustomization', name: 'shop-staging' },
            wording: {
              id: 'missing-gone',
              values: {
                object: {
                  id: 'named',
                  values: { kind: 'Kustomization', name: 'a/shop-staging' },
                },
                time: { time: '2026-03-04T12:00:00Z' },
              },
            },
          },
        }),
        environmentDocument('production', {
          status: 'failed',
          diagnosis: {
            id: 'K99',
            cause: 'Words of a backend that is newer.',
            nextStep: 'Update the page.',
            subject: { kind: 'Kustomization', name: 'shop-production' },
            wording: { id: 'K99', values: { path: 'x' } },
          },
        }),
      ],
    });
    show();
    const panels = await screen.findAllByRole('region', {
      name: 'Was nicht stimmt',
    });
    expect(panels[0]).toHaveTextContent(
      /^Die Standardidentität des kustomize-controller darf nicht, was das Anwenden braucht\..*Eine Role binden/,
    );
    expect(panels[1]).toHaveTextContent(
      /^Kustomization „a\/shop-staging“ war bis 04\.03\.2026, \d+:00 da und ist weg: .*Die Einrichtung des Projekts noch einmal ausführen/,
    );
    expect(panels[2]).toHaveTextContent(
      /^Words of a backend that is newer\..*Update the page\./,
    );
    expect(document.body).not.toHaveTextContent(ENGLISH);
  });

  it('leaves English to the backend, less its times', async () => {
    portal.show({
      environments: [
        environmentDocument('staging', {
          status: 'missing',
          diagnosis: {
            id: 'missing',
            cause: 'It was there until 2026-03-04T12:00:00.000Z and is gone.',
            nextStep: 'Create it again.',
            subject: { kind: 'Kustomization', name: 'shop-staging' },
            wording: {
              id: 'missing-gone',
              values: { time: { time: '2026-03-04T12:00:00.000Z' } },
            },
          },
        }),
      ],
    });
    renderForEntity(<EntityGitopsContent />, { signals: true });
    expect(
      await screen.findByRole('region', { name: 'What is wrong' }),
    ).toHaveTextContent(
      /^It was there until Mar 4, 2026, \d+:00\s[AP]M and is gone\..*Create it again\./,
    );
  });

  it('says the cause in the fleet, less the namespaces', async () => {
    portal.server.use(
      http.get(`${GITOPS_URL}/projects`, () =>
        HttpResponse.json({
          items: [
            {
              slug: 'shop',
              name: 'shop',
              status: 'active',
              entityRef: 'component:default/shop',
              ownerRef: 'group:default/guests',
              version: 1,
              environments: [
                {
                  name: 'staging',
                  cluster: 'main',
                  status: 'failed',
                  cause: ENGLISH,
                  wording: {
                    id: 'missing',
                    values: {
                      object: {
                        id: 'named',
                        values: { kind: 'Kustomization', name: 'a/staging' },
                      },
                    },
                  },
                },
              ],
            },
          ],
          total: 1,
          states: { failed: 1 },
          clusters: [{ name: 'main', state: 'live', lastSyncedAt: ago(1) }],
        } satisfies FleetPageDocument),
      ),
    );
    renderPage(<FleetPage />, { language: 'de' });
    expect(
      await screen.findByText(
        'Kustomization „staging“ wurde im Cluster nie gesehen.',
      ),
    ).toBeInTheDocument();
    expect(document.body).not.toHaveTextContent(ENGLISH);
  });

  it('says why a cluster is not live, and keeps the words of others', async () => {
    const clusters = ['new', 'still', 'left', 'far', 'shut', 'other'];
    portal.show({
      environments: clusters.map(cluster =>
        environmentDocument(`in-${cluster}`, {}, { cluster }),
      ),
      sources: clusters.map(cluster =>
        resourceDocument({ type: 'git-repository', cluster }),
      ),
      clusters: [
        {
          name: 'new',
          state: 'connecting',
          wording: { id: 'clusterUnread' },
          error: ENGLISH,
        },
        {
          name: 'still',
          state: 'unreachable',
          wording: { id: 'clusterLost' },
          error: ENGLISH,
          lastSyncedAt: ago(900),
        },
        {
          name: 'left',
          state: 'delayed',
          wording: { id: 'clusterUnwatched' },
          error: ENGLISH,
          lastSyncedAt: ago(300),
        },
        {
          name: 'far',
          state: 'unreachable',
          wording: {
            id: 'clusterUnreachable',
            values: { cluster: 'far', said: 'connect <10.0.0.1> {{refused}}' },
          },
          error: ENGLISH,
          lastSyncedAt: ago(300),
        },
        {
          name: 'shut',
          state: 'delayed',
          wording: {
            id: 'clusterRefused',
            values: {
              cluster: 'shut',
              verb: { id: 'clusterVerbWatch' },
              object: 'Kustomization',
              said: { id: 'clusterAnswered', values: { code: 403 } },
              advice: {
                id: 'clusterThenGrant',
                values: {
                  user: 'portal',
                  verb: 'list',
                  resource: 'kustomizations',
                  group: '',
                  where: { id: 'clusterEverywhere' },
                },
              },
            },
          },
          error: ENGLISH,
          lastSyncedAt: ago(300),
        },
        {
          name: 'other',
          state: 'unreachable',
          error: 'socket hang up',
          lastSyncedAt: ago(300),
        },
      ],
    });
    show();
    await screen.findByText('Der Cluster new ist nicht lesbar');
    for (const words of [
      'Das Portal hat diesen Cluster noch nicht vollständig gelesen',
      'Von dem Cluster war seit langer Zeit nichts zu hören',
      'Zurzeit beobachtet keine Instanz des Portals den Cluster',
      'Der Cluster „far“ ist nicht erreichbar: connect <10.0.0.1> {{refused}}; bitte prüfen, ob sein API-Server läuft und ob URL und Zugangsdaten in der Kubernetes-Konfiguration stimmen',
      'Das Beobachten von Kustomization im Cluster „shut“ ist gescheitert: Der API-Server antwortete 403; bitte „portal“ das Verb „list“ auf „kustomizations“ der API-Gruppe „“ im ganzen Cluster erlauben',
      'socket hang up',
    ]) {
      expect(
        screen.getByText(`${words}. Was dazu gezeigt wird, ist alt.`),
      ).toBeInTheDocument();
    }
    expect(document.body).not.toHaveTextContent(ENGLISH);
  });
});
