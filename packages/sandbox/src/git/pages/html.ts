/** Text that is already HTML. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = string | number | undefined | Html | readonly Html[];

function render(value: Value): string {
  if (value instanceof Html) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return (value as readonly Html[]).map(part => part.text).join('');
  }
  return String(value ?? '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

/** Template tag: everything put in is escaped unless it is {@link Html} itself. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly Value[]
): Html {
  return new Html(
    strings.reduce((text, part, i) => text + render(values[i - 1]) + part),
  );
}
