// This file is an app, and the app is who brings the stylesheet.
// eslint-disable-next-line @backstage/no-ui-css-imports-in-non-frontend
import '@backstage/ui/css/styles.css';
import ReactDOM from 'react-dom/client';
import { Link } from '@backstage/core-components';
import { createApp } from '@backstage/frontend-defaults';
import {
  ApiBlueprint,
  createFrontendModule,
  createFrontendPlugin,
  fetchApiRef,
  PageBlueprint,
} from '@backstage/frontend-plugin-api';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import { Navigate, Route, Routes, useParams } from 'react-router-dom';
import { gitopsApiRef } from '../src/api/GitopsApi';
import { GitopsClient } from '../src/api/GitopsClient';
import { EntityGitopsCard } from '../src/components/card/EntityGitopsCard';
import { EntityGitopsContent } from '../src/components/content/EntityGitopsContent';
import { answer, scenarios } from './scenarios';

function ScenarioPage() {
  const { name = 'healthy' } = useParams();
  const entity = {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name,
      annotations: { 'backstage-gitops.dev/project': name },
    },
  };
  return (
    <EntityProvider key={name} entity={entity}>
      <div style={{ padding: 24, display: 'grid', gap: 24 }}>
        <nav style={{ display: 'flex', gap: 12, flexWrap: 'wrap' }}>
          {Object.keys(scenarios).map(scenario => (
            <Link key={scenario} to={`/states/${scenario}`}>
              {scenario}
            </Link>
          ))}
        </nav>
        <div
          style={{ display: 'grid', gridTemplateColumns: '2fr 1fr', gap: 24 }}
        >
          <EntityGitopsCard />
          <EntityGitopsCard />
        </div>
        <EntityGitopsContent />
      </div>
    </EntityProvider>
  );
}

const page = PageBlueprint.make({
  params: {
    path: '/states',
    title: 'GitOps states',
    noHeader: true,
    loader: async () => (
      <Routes>
        <Route path="/:name" element={<ScenarioPage />} />
        <Route path="*" element={<Navigate to="/states/healthy" replace />} />
      </Routes>
    ),
  },
});

const api = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: gitopsApiRef,
      deps: {},
      factory: () => new GitopsClient({ fetchApi: { fetch: answer } }),
    }),
});

// Nothing of this app needs a backend: calls that would reach one end here.
const offline = createFrontendModule({
  pluginId: 'app',
  extensions: [
    ApiBlueprint.make({
      name: 'fetch',
      params: defineParams =>
        defineParams({
          api: fetchApiRef,
          deps: {},
          factory: () => ({ fetch: answer }),
        }),
    }),
  ],
});

const app = createApp({
  features: [
    createFrontendPlugin({ pluginId: 'gitops', extensions: [page, api] }),
    offline,
  ],
});

ReactDOM.createRoot(document.getElementById('root')!).render(app.createRoot());
