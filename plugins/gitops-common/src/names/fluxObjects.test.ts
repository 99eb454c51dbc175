import { parseFluxObjects } from './fluxObjects';

describe('parseFluxObjects', () => {
  it('reads one reference per line or comma, each once', () => {
    expect(
      parseFluxObjects(
        'HelmRelease/apps/podinfo@production, Kustomization/flux-system/apps@arn:aws:eks:eu-1:7:cluster/prod\n\nHelmRelease/apps/podinfo@production',
      ),
    ).toEqual({
      references: [
        {
          kind: 'HelmRelease',
          namespace: 'apps',
          name: 'podinfo',
          cluster: 'production',
        },
        {
          kind: 'Kustomization',
          namespace: 'flux-system',
          name: 'apps',
          cluster: 'arn:aws:eks:eu-1:7:cluster/prod',
        },
      ],
      problems: [],
    });
  });

  it.each([
    [
      'apps/podinfo@production',
      /not of the form Kind\/namespace\/name@cluster/,
    ],
    ['HelmRelease/apps/podinfo', /not of the form/],
    ['HelmRelease/Apps/podinfo@one', /not of the form/],
    ['Secret/apps/podinfo@one', /'Secret' is no kind that can be shown/],
    [
      Array.from({ length: 51 }, (_, i) => `Bucket/a/b${i}@one`).join(','),
      /more than 50/,
    ],
  ])('says what is wrong with %p', (value, problem) => {
    expect(parseFluxObjects(value).problems).toEqual([
      expect.stringMatching(problem),
    ]);
  });
});
