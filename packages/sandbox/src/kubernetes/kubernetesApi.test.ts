import { KubernetesApi, createKubernetesApi } from './createKubernetesApi';
import { kubernetesContract } from './contract/kubernetesContract';

describe('the Kubernetes API of the sandbox', () => {
  const token = 'administrator';
  let api: KubernetesApi;
  let url: string;

  beforeAll(async () => {
    api = createKubernetesApi({ name: 'contract', token });
    ({ url } = await api.listen());
  });

  afterAll(() => api.stop());

  describe('keeps the contract', () => {
    kubernetesContract(() => ({ url, token }));
  });
});
