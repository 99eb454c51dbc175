import { screen } from '@testing-library/react';
import { renderTestApp } from '@backstage/frontend-test-utils';
import {
  appLanguageApiRef,
  PageBlueprint,
  createFrontendPlugin,
  useApi,
} from '@backstage/frontend-plugin-api';
import { useEffect } from 'react';
import { useGitopsTranslation } from '../hooks/useGitopsTranslation';
import { gitopsTranslationRef } from '../translation';
import { de } from './de';
import { flattenMessages } from './flattenMessages';

const german: Record<string, string> = flattenMessages(de);
// A ref gives out its messages to the app alone, which is what reads them here.
const english = (
  gitopsTranslationRef as unknown as {
    getDefaultMessages(): Record<string, string>;
  }
).getDefaultMessages();

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
