import type { Figure } from '../bench/Figure';
import { printFigures } from '../bench/Figure';
import { measureMainJob } from '../bench/measureMainJob';
import { measureStart } from '../bench/measureStart';
import { median } from '../bench/statistics';
import { ensureAppBundle } from '../portal/appBundle';
import { say } from '../say';

/** Measures the main job: start, set-up, page view. */
export async function bench(options: { json?: boolean }): Promise<void> {
  await ensureAppBundle(say);
  say('./dev start, warm');
  const starts = [await measureStart(), await measureStart()];
  const figures: Figure[] = [
    {
      name: './dev start, warm (median)',
      value: median(starts),
      unit: 'ms',
      target: 20_000,
    },
    ...(await measureMainJob()),
  ];
  process.stdout.write(
    options.json
      ? `${JSON.stringify(figures, null, 2)}\n`
      : printFigures(figures),
  );
}
