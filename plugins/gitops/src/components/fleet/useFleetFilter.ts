import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import {
  type FleetFilter,
  formatFleetFilter,
  parseFleetFilter,
} from './FleetFilter';

/** Changes parts of the filter. */
export type ChangeFilter = (
  part: Partial<FleetFilter>,
  options?: { replace?: boolean },
) => void;

/** The filter in the page's address, so that it can be shared and gone back to. */
export function useFleetFilter(): [FleetFilter, ChangeFilter, () => void] {
  const [parameters, setParameters] = useSearchParams();
  const filter = useMemo(() => parseFleetFilter(parameters), [parameters]);
  const change = useCallback<ChangeFilter>(
    (part, options) =>
      setParameters(
        known => formatFleetFilter({ ...parseFleetFilter(known), ...part }),
        options,
      ),
    [setParameters],
  );
  const clear = useCallback(
    () =>
      setParameters(known =>
        formatFleetFilter({
          ...parseFleetFilter(new URLSearchParams()),
          order: parseFleetFilter(known).order,
        }),
      ),
    [setParameters],
  );
  return [filter, change, clear];
}
