/**
 * Whether labels (or annotations) fit a selector in the Kubernetes API's own
 * syntax: `a=b,c!=d,e,!f,g in (h,i),j notin (k)`.
 */
export function matchesSelector(
  selector: string | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (!selector) {
    return true;
  }
  const requirements = selector
    .split(/,(?![^(]*\))/)
    .map(part => part.trim())
    .filter(Boolean);
  return requirements.every(requirement => {
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
    if (set) {
      const values = set[3].split(',').map(value => value.trim());
      const has =
        labels[set[1]] !== undefined && values.includes(labels[set[1]]);
      return set[2] === 'in' ? has : !has;
    }
    const equality = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(requirement);
    if (equality) {
      const equal = labels[equality[1]] === equality[3];
      return equality[2] === '!=' ? !equal : equal;
    }
    return requirement.startsWith('!')
      ? labels[requirement.slice(1)] === undefined
      : labels[requirement] !== undefined;
  });
}
