import { toError } from '@backstage/errors';
import { overlayPath } from '@backstage-gitops/plugin-gitops-common';
import { parse } from 'yaml';
import { z } from 'zod/v3';
import { found, type Findings, NOTHING, together } from './Problem';
import { noBranch, repositoryName, type Subject } from './Subject';

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

/** The commit that is looked at, and what to do when something is missing in it. */
interface Place {
  commit: string;
  where: string;
  /** What to do where a thing is missing; `it` is the word for it in a sentence. */
  add(it: string, path: string): string;
  mend: string;
}

/**
 * Whether each environment's path is in the commit that was pushed, or in the
 * newest one, with a kustomization file that can be read. What else is in the
 * overlay Flux builds and judges.
 *
 * @internal
 */
export async function checkOverlays(subject: Subject): Promise<Findings> {
  let place: Place | undefined;
  try {
    place = await findPlace(subject);
  } catch (error) {
    subject.signal?.throwIfAborted();
    return found('G13', toError(error).message);
  }
  if (!place) {
    return noBranch(subject);
  }
  const { environments } = subject;
  return together(
    await Promise.all(
      environments.map(({ name }) =>
        checkOverlay(subject, place, overlayPath(name)),
      ),
    ),
  );
}

async function findPlace(subject: Subject): Promise<Place | undefined> {
  const { provider, repository, hostCredential, signal } = subject;
  const { defaultBranch, firstCommit } = repository;
  const at = (commit: string) =>
    `of ${repositoryName(subject)} at commit ${commit.slice(0, 12)}`;
  if (subject.overlaysIn === 'first commit') {
    const again = "the template's skeleton, then set the project up anew";
    return {
      commit: firstCommit!,
      where: at(firstCommit!),
      add: it => `add ${it} to ${again}`,
      mend: `mend it in ${again}`,
    };
  }
  const head = await provider.getBranchCommit(repository, defaultBranch, {
    credential: hostCredential,
    signal,
  });
  if (!head) {
    return undefined;
  }
  const first = `to '${defaultBranch}' first, then add the environment`;
  return {
    commit: head,
    where: at(head),
    add: (_, path) => `commit ${path} ${first}`,
    mend: `commit a mended one ${first}`,
  };
}

async function checkOverlay(
  subject: Subject,
  place: Place,
  folder: string,
): Promise<Findings> {
  const { provider, repository, hostCredential, signal } = subject;
  const { commit, where } = place;
  const call = { credential: hostCredential, signal };
  try {
    for (const file of FILES) {
      const path = `${folder}/${file}`;
      const content = await provider.readFile(repository, commit, path, call);
      if (content) {
        return judge(path, place, content);
      }
    }
    if (
      subject.overlaysIn === 'first commit' &&
      !(await provider.hasCommit(repository, commit, call))
    ) {
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
          `${folder} ${where} lacks a kustomization.yaml: ${place.add(
            'one',
            `${folder}/kustomization.yaml`,
          )}`,
        )
      : found(
          'K4',
          `${folder} ${where} does not exist: ${place.add('it', folder)}`,
        );
  } catch (error) {
    signal?.throwIfAborted();
    return found('G13', `${folder} ${where}: ${toError(error).message}`);
  }
}

function judge(
  path: string,
  { where, mend: next }: Place,
  content: Buffer,
): Findings {
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
