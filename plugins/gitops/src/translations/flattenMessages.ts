/** Messages in groups, as they are written. */
export interface MessageGroup {
  readonly [name: string]: string | MessageGroup;
}

/** Keys of grouped messages, as translations of other languages are taken. */
export type FlatKey<TGroup> = {
  [TName in keyof TGroup & string]: TGroup[TName] extends string
    ? TName
    : `${TName}.${FlatKey<TGroup[TName]>}`;
}[keyof TGroup & string];

/** Makes `{a: {b: 'x'}}` into `{'a.b': 'x'}`. */
export function flattenMessages<TGroup extends MessageGroup>(
  group: TGroup,
): Record<FlatKey<TGroup>, string> {
  const messages: Record<string, string> = {};
  function add(part: MessageGroup, prefix: string) {
    for (const [name, value] of Object.entries(part)) {
      if (typeof value === 'string') {
        messages[`${prefix}${name}`] = value;
      } else {
        add(value, `${prefix}${name}.`);
      }
    }
  }
  add(group, '');
  return messages as Record<FlatKey<TGroup>, string>;
}
