import { badRequest } from './statusErrors';
import { isJsonObject } from './json';

type Labels = Record<string, string> | undefined;
type LabelPredicate = (labels: Labels) => boolean;

const key = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const value = '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const setBased = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^)]*)\\)$`);
const equality = new RegExp(`^(${key})\\s*(==|=|!=)\\s*(${value})?$`);
const exists = new RegExp(`^(!?)\\s*(${key})$`);

function splitRequirements(selector: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < selector.length; index++) {
    const character = selector[index];
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      parts.push(selector.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(selector.slice(start));
  return parts.map(part => part.trim());
}

function parseRequirement(text: string, selector: string): LabelPredicate {
  const set = setBased.exec(text);
  if (set) {
    const [, label, operator, list] = set;
    const values = new Set(list.split(',').map(entry => entry.trim()));
    return operator === 'in'
      ? labels => labels?.[label] !== undefined && values.has(labels[label])
      : labels => labels?.[label] === undefined || !values.has(labels[label]);
  }
  const equal = equality.exec(text);
  if (equal) {
    const [, label, operator, wanted = ''] = equal;
    return operator === '!='
      ? labels => labels?.[label] !== wanted
      : labels => labels?.[label] === wanted;
  }
  const existence = exists.exec(text);
  if (existence) {
    const [, negated, label] = existence;
    return negated
      ? labels => labels?.[label] === undefined
      : labels => labels?.[label] !== undefined;
  }
  throw badRequest(
    `unable to parse requirement: found '${text}' in label selector '${selector}'`,
  );
}

/** Parses the `labelSelector` parameter; throws a 400 when it cannot be read. */
export function parseLabelSelector(
  selector: string | undefined,
): LabelPredicate | undefined {
  if (!selector?.trim()) {
    return undefined;
  }
  const predicates = splitRequirements(selector).map(part =>
    parseRequirement(part, selector),
  );
  return labels => predicates.every(matches => matches(labels));
}

/** Whether a `LabelSelector` object (`matchLabels`, `matchExpressions`) selects these labels. */
export function matchesLabelSelector(
  selector: unknown,
  labels: Labels,
): boolean {
  if (!isJsonObject(selector)) {
    return false;
  }
  const wanted = isJsonObject(selector.matchLabels) ? selector.matchLabels : {};
  const expressions = Array.isArray(selector.matchExpressions)
    ? selector.matchExpressions
    : [];
  return (
    Object.entries(wanted).every(([label, text]) => labels?.[label] === text) &&
    expressions.filter(isJsonObject).every(expression => {
      const found = labels?.[String(expression.key)];
      const values = Array.isArray(expression.values) ? expression.values : [];
      switch (expression.operator) {
        case 'In':
          return found !== undefined && values.includes(found);
        case 'NotIn':
          return found === undefined || !values.includes(found);
        case 'Exists':
          return found !== undefined;
        case 'DoesNotExist':
          return found === undefined;
        default:
          return false;
      }
    })
  );
}
