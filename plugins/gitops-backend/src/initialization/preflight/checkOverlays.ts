import { toError } from '@backstage/errors';
import { overlayPath } from '@backstage-gitops/plugin-gitops-common';
import { parse } from 'yaml';
import { z } from 'zod/v3';
import { found, type Findings, NOTHING, together } from './Problem';
import { repositoryName, type Subject } from './Subject';

/** Names that kustomize knows, in the order it looks for them. */
const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const LARGEST_FILE = 1024 * 1024;

const kustomizationSchema = z.object({
  apiVersion: z
    .string()
    .regex(/^kustomize\.config\.k8s\.io\/v1(alpha1|beta1)$/)
    .optional(),
  kind: z.enum(['Kustomization', 'Component']).optional(),
});

/**
 * Whether each environment's path is in the commit that was pushed, with a
 * kustomization file that can be read. What else is in the overlay Flux builds and
 * judges.
 *
 * @internal
 */
export async function checkOverlays(subject: Subject): Promise<Findings> {
  return together(
    await Promise.all(
      subject.environments.map(({ name }) =>
        checkOverlay(subject, overlayPath(name)),
      ),
    ),
  );
}

async function checkOverlay(
  subject: Subject,
  folder: string,
): Promise<Findings> {
  const { provider, repository, hostCredential, signal } = subject;
  const call = { credential: hostCredential, signal };
  const commit = repository.firstCommit!;
  const where = `of ${repositoryName(subject)} at commit ${commit.slice(
    0,
    12,
  )}`;
  try {
    for (const file of FILES) {
      const path = `${folder}/${file}`;
      const content = await provider.readFile(repository, commit, path, call);
      if (content) {
        return judge(path, where, content);
      }
    }
    if (!(await provider.hasCommit(repository, commit, call))) {
      return found(
        'G8',
        `Commit ${commit.slice(
          0,
          12,
        )}, which the set-up pushed, is not in ${repositoryName(
          subject,
        )} any more: somebody rewrote its history. Push it again, or set the project up anew`,
      );
    }
    return (await provider.pathExists(repository, commit, folder, call))
      ? found(
          'K8',
          `${folder} ${where} lacks a kustomization.yaml: add one to the template's skeleton, then set the project up anew`,
        )
      : found(
          'K4',
          `${folder} ${where} does not exist: add it to the template's skeleton, then set the project up anew`,
        );
  } catch (error) {
    signal?.throwIfAborted();
    return found('G13', `${folder} ${where}: ${toError(error).message}`);
  }
}

function judge(path: string, where: string, content: Buffer): Findings {
  const next =
    "mend it in the template's skeleton, then set the project up anew";
  if (content.length > LARGEST_FILE) {
    return found('K11', `${path} ${where} is too large to be one: ${next}`);
  }
  let parsed: unknown;
  try {
    parsed = parse(content.toString('utf8'));
  } catch (error) {
    // The first line says what and where; the rest quotes the file.
    const [reason] = toError(error).message.split('\n');
    return found('K11', `${path} ${where} is not YAML (${reason}): ${next}`);
  }
  const result = kustomizationSchema.safeParse(parsed);
  return result.success
    ? NOTHING
    : found(
        'K8',
        `${path} ${where} is no kustomization of kustomize.config.k8s.io/v1beta1 (a Flux Kustomization is something else): ${next}`,
      );
}
