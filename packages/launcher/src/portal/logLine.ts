import { stripVTControlCharacters } from 'node:util';

/** One line of the portal's log. */
export interface LogLine {
  text: string;
  /** Absent where the line is not one of the logger's, for example a stack trace. */
  level?: string;
  plugin?: string;
  message: string;
}

// "<timestamp> <plugin> <level> <message>", as Backstage's logger writes it in
// development.
const LINE =
  /^\S*\d{2}:\d{2}:\d{2}\S*\s+(\S+)\s+(error|warn|info|debug|http|verbose)\s+(.*)$/;

export function parseLogLine(raw: string): LogLine {
  // The logger leaves a space where more fields could follow.
  const text = stripVTControlCharacters(raw).trimEnd();
  const match = LINE.exec(text);
  return match
    ? { text, plugin: match[1], level: match[2], message: match[3] }
    : { text, message: text };
}
