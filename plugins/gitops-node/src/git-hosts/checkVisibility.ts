import type { Visibility } from '@backstage-gitops/plugin-gitops-common';
import { InputError } from '@backstage/errors';

/** @throws InputError when a host has no repositories of this visibility. */
export function checkVisibility(
  host: string,
  known: readonly Visibility[],
  wanted: Visibility,
): void {
  if (!known.includes(wanted)) {
    throw new InputError(
      `Git host '${host}' has no repositories of visibility '${wanted}': choose one of ${known.join(
        ', ',
      )}`,
    );
  }
}
