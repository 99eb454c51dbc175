/** One measured figure beside what is aimed at. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** At most so much. */
  target: number;
}

/** One line per figure, the ones that miss their aim marked. */
export function printFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map(({ name, value, unit, target }) => {
      const shown = `${Math.round(value * 100) / 100} ${unit}`;
      return `  ${name.padEnd(width)}  ${shown.padStart(
        14,
      )}   at most ${target} ${unit}  ${value <= target ? '✓' : '✗'}\n`;
    })
    .join('');
}
