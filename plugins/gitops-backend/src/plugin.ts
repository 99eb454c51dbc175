import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import {
  actionsRegistryServiceRef,
  metricsServiceRef,
} from '@backstage/backend-plugin-api/alpha';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import {
  type ClusterConnectionProvider,
  gitopsClustersExtensionPoint,
  gitopsGitHostsExtensionPoint,
  type GitHostProvider,
  GitHostRegistry,
  readGitHostSettings,
} from '@backstage-gitops/plugin-gitops-node';
import { registerActions } from './actions';
import { ClusterRegistry, KubernetesProxyConnectionProvider } from './clusters';
import { createConnections } from './credentials/connections';
import { CredentialFactory } from './credentials/CredentialFactory';
import { CredentialSync } from './credentials/CredentialSync';
import { ProjectCredentials } from './credentials/ProjectCredentials';
import { Rewrap } from './credentials/rewrap/Rewrap';
import { CredentialRotator } from './credentials/rotation/CredentialRotator';
import { SecretKeeper } from './credentials/SecretKeeper';
import { CredentialValidator } from './credentials/validation/CredentialValidator';
import { Vault } from './credentials/Vault';
import { createStores } from './database/createStores';
import { prepareDatabase } from './database/prepareDatabase';
import { InventoryReader } from './environments/inventory/InventoryReader';
import { FluxEnvironmentActions } from './environments/FluxEnvironmentActions';
import { SuspensionExpiry } from './environments/SuspensionExpiry';
import { CommitReader } from './deployments/CommitReader';
import { DiscoveredReader } from './discovered/DiscoveredReader';
import { AnnotatedObjects } from './discovered/AnnotatedObjects';
import { FluxResources } from './flux/FluxResources';
import { DatabaseInitializationEngine } from './initialization/DatabaseInitializationEngine';
import { PortalMetrics } from './metrics/PortalMetrics';
import { SetUpMetrics } from './metrics/SetUpMetrics';
import {
  HistoryRetention,
  readRetentionSettings,
} from './events/HistoryRetention';
import { sourceUrlRules } from './initialization/preflight/sourceUrlRules';
import { readPluginConfig } from './pluginConfig';
import { ProjectDeletion } from './projects/deletion/ProjectDeletion';
import { EnvironmentRegistrar } from './projects/EnvironmentRegistrar';
import { FleetReader } from './projects/fleet/FleetReader';
import { ProjectAccess } from './projects/ProjectAccess';
import { ProjectNotifier } from './projects/ProjectNotifier';
import { ProjectReader } from './projects/ProjectReader';
import { ProjectRegistrar } from './projects/ProjectRegistrar';
import { registerPermissions } from './projects/registerPermissions';
import {
  readRefreshSettings,
  RepositoryRefresh,
} from './projects/RepositoryRefresh';
import { createRouter } from './router/createRouter';
import { scheduleTasks } from './scheduleTasks';
import { StatusEngine } from './status';

/**
 * Owns projects under GitOps: sets them up, keeps their credentials, and knows
 * what state their environments are in.
 *
 * @public
 */
export const gitopsPlugin = createBackendPlugin({
  pluginId: 'gitops',
  register(env) {
    const gitHostProviders: GitHostProvider[] = [];
    let clusterProvider: ClusterConnectionProvider | undefined;
    env.registerExtensionPoint(gitopsGitHostsExtensionPoint, {
      addProvider: provider => gitHostProviders.push(provider),
    });
    env.registerExtensionPoint(gitopsClustersExtensionPoint, {
      setProvider(provider) {
        if (clusterProvider) {
          throw new Error(
            'Two modules set the way to the clusters of GitOps: keep one of them',
          );
        }
        clusterProvider = provider;
      },
    });

    env.registerInit({
      deps: {
        actionsRegistry: actionsRegistryServiceRef,
        auditor: coreServices.auditor,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        database: coreServices.database,
        discovery: coreServices.discovery,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        metrics: metricsServiceRef,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
        rootLifecycle: coreServices.rootLifecycle,
        scheduler: coreServices.scheduler,
        signals: signalsServiceRef,
      },
      async init(deps) {
        const { auditor, config, httpAuth, lifecycle, logger } = deps;
        const settings = readPluginConfig(config);
        const vault = Vault.fromConfig(config, {
          production: process.env.NODE_ENV === 'production',
        });
        const knex = await prepareDatabase(deps.database);
        const stores = createStores(knex);
        const notifier = ProjectNotifier.create({ ...deps, knex });
        const gitHosts = GitHostRegistry.fromConfig(config, gitHostProviders);
        const clusters = new ClusterRegistry({
          provider:
            clusterProvider ?? new KubernetesProxyConnectionProvider(deps),
          logger,
          defaultCluster: settings.defaultCluster,
        });
        const connections = createConnections({
          ...stores,
          knex,
          vault,
          gitHosts,
          gitHostSettings: readGitHostSettings(config),
          appBaseUrl: config.getOptionalString('app.baseUrl'),
          logger,
        });
        const services = {
          ...stores,
          knex,
          vault,
          notifier,
          gitHosts,
          clusters,
          connectionTokens: connections.tokens,
          metrics: deps.metrics,
          logger,
        };
        const credentials = new CredentialFactory(services);
        const credentialSync = new CredentialSync({
          ...services,
          syncToEnvironments: settings.syncToEnvironments,
        });
        const forCredentials = { ...services, credentials, credentialSync };
        const rotator = CredentialRotator.create(forCredentials);
        const projectCredentials = new ProjectCredentials({
          ...forCredentials,
          rotator,
        });
        const secretKeeper = new SecretKeeper(forCredentials);
        const validator = new CredentialValidator({
          ...forCredentials,
          pace: settings.credentialPace,
        });
        connections.changes.subscribe(id => secretKeeper.keepConnection(id));
        connections.changes.subscribe(async id => {
          await validator.validateConnection(id);
        });
        new PortalMetrics(services).observe(deps.metrics);

        const forSetUp = {
          ...services,
          checkSourceUrl: sourceUrlRules(
            gitHosts,
            readGitHostSettings(config),
            { production: process.env.NODE_ENV === 'production' },
          ),
          credentials,
          flux: new FluxResources({ ...services, credentialSync }),
        };
        const engine = DatabaseInitializationEngine.create({
          ...forSetUp,
          commitAuthor: settings.commitAuthor,
          setUpMetrics: new SetUpMetrics(deps.metrics),
          times: { stuckMs: settings.stuckAfterMs },
        });
        const deletion = ProjectDeletion.create({
          ...services,
          hostCredentials: projectCredentials,
        });
        const commits = new CommitReader({ ...services, credentials });
        const status = StatusEngine.create({
          ...services,
          onDeployed: projectIds => commits.readSoon(projectIds),
        });
        const environmentActions = new FluxEnvironmentActions(services);

        const reading = {
          access: ProjectAccess.create(deps),
          reader: ProjectReader.create({ knex }),
          fleet: new FleetReader(knex),
        };
        registerPermissions(deps.permissionsRegistry, stores.projects);
        registerActions({
          ...stores,
          ...reading,
          auditor,
          environmentActions,
          registry: deps.actionsRegistry,
        });
        deps.httpRouter.addAuthPolicy({
          path: '/health',
          allow: 'unauthenticated',
        });
        deps.httpRouter.use(
          createRouter({
            ...stores,
            auditor,
            httpAuth,
            logger,
            clusters,
            engine,
            deletion,
            ...reading,
            registrar: ProjectRegistrar.create(services),
            environmentRegistrar: EnvironmentRegistrar.create(forSetUp),
            connections: connections.service,
            projectCredentials,
            rotator,
            validator,
            discovered: new DiscoveredReader({ ...services, ...deps }),
            environmentActions,
            inventory: new InventoryReader(services),
          }),
        );

        await scheduleTasks(deps.scheduler, {
          engine,
          deletion,
          rewrap: Rewrap.create(services),
          repositoryRefresh: RepositoryRefresh.create({
            ...services,
            settings: readRefreshSettings(config),
          }),
          retention: new HistoryRetention({
            ...services,
            settings: readRetentionSettings(config),
          }),
          contents: stores.contents,
          annotated: new AnnotatedObjects({ ...services, ...deps }),
          commits,
          connections: connections.upkeep,
          rotator,
          secretKeeper,
          validator,
          suspensions: new SuspensionExpiry({
            ...services,
            actions: environmentActions,
          }),
          logger,
        });
        // Not before the other plugins are there: the first look at all clusters
        // is work, and asks the Kubernetes plugin.
        deps.rootLifecycle.addStartupHook(() => status.start());
        lifecycle.addShutdownHook(async () => {
          commits.stop();
          await Promise.all([
            engine.stop(),
            rotator.stop(),
            deletion.stop(),
            status.stop(),
            connections.renewal.stop(),
          ]);
          await notifier.flush();
        });
      },
    });
  },
});
