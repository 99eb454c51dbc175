import { Flex, Text } from '@backstage/ui';
import { MarkdownContent } from '@backstage/core-components';

export interface FieldHeadingProps {
  id: string;
  title: string;
  /** Markdown */
  description: string | undefined;
}

/** Heads a field that is made of several. */
export function FieldHeading({ id, title, description }: FieldHeadingProps) {
  return (
    <Flex direction="column" gap="1">
      <Text as="h3" id={id} variant="title-x-small">
        {title}
      </Text>
      {description && <MarkdownContent content={description} />}
    </Flex>
  );
}
