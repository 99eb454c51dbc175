import { useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger } from '@backstage/ui';
import { RiTerminalBoxLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ShellCommand } from '../../presentation/commands';
import styles from './common.module.css';

export interface CommandMenuProps {
  /** The object that the commands are about. */
  name: string;
  commands: ShellCommand[];
}

/** Commands for somebody with a shell, copied one at a time. */
export function CommandMenu({ name, commands }: CommandMenuProps) {
  const t = useGitopsTranslation();
  const [outcome, setOutcome] = useState<{ text: string; failed?: boolean }>();

  async function copy(command: string) {
    try {
      await navigator.clipboard.writeText(command);
      setOutcome({ text: t('commands.copied', { command }) });
    } catch {
      // Browsers refuse without a secure origin or a permission.
      setOutcome({ text: t('commands.failed', { command }), failed: true });
    }
  }

  return (
    <span className={styles.commands}>
      <MenuTrigger>
        <Button
          size="small"
          variant="tertiary"
          iconStart={<RiTerminalBoxLine />}
          aria-label={t('commands.menuFor', { name })}
        >
          {t('commands.menu')}
        </Button>
        <Menu>
          {commands.map(({ purpose, text }) => (
            <MenuItem
              key={purpose}
              id={purpose}
              onAction={() => void copy(text)}
            >
              {t(`commands.purpose.${purpose}`)}
            </MenuItem>
          ))}
        </Menu>
      </MenuTrigger>
      <span
        role="status"
        className={styles.commandOutcome}
        data-failed={outcome?.failed}
      >
        {outcome?.text}
      </span>
    </span>
  );
}
