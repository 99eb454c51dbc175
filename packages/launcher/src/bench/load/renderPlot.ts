/** One curve of a plot. */
export interface Curve {
  label: string;
  points: { x: number; y: number }[];
}

const WIDTH = 500;
const HEIGHT = 240;
const MARGIN = { left: 56, right: 156, top: 36, bottom: 44 };
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700'];

/**
 * Draws curves with both axes in powers of ten: a flat cost is a level line, a
 * linear one rises as steeply as what it is plotted over.
 */
export function renderPlot(options: {
  title: string;
  xLabel: string;
  curves: readonly Curve[];
}): string {
  const { title, xLabel, curves } = options;
  const all = curves.flatMap(({ points }) => points);
  const xRange = powers(all.map(({ x }) => x));
  const yRange = powers(all.map(({ y }) => y));
  const x = scale(xRange, MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(yRange, HEIGHT - MARGIN.bottom, MARGIN.top);
  const parts: string[] = [
    `<text x="${
      WIDTH / 2
    }" y="16" text-anchor="middle" font-weight="bold">${title}</text>`,
    `<text x="${WIDTH / 2}" y="${
      HEIGHT - 6
    }" text-anchor="middle">${xLabel}</text>`,
  ];
  for (let power = yRange[0]; power <= yRange[1]; power++) {
    const at = y(10 ** power);
    parts.push(
      `<line x1="${MARGIN.left}" x2="${
        WIDTH - MARGIN.right
      }" y1="${at}" y2="${at}" stroke="#d0d7de"/>`,
      `<text x="${MARGIN.left - 6}" y="${at + 4}" text-anchor="end">${label(
        10 ** power,
      )}</text>`,
    );
  }
  for (let power = xRange[0]; power <= xRange[1]; power++) {
    const at = x(10 ** power);
    parts.push(
      `<text x="${at}" y="${
        HEIGHT - MARGIN.bottom + 16
      }" text-anchor="middle">${label(10 ** power)}</text>`,
    );
  }
  curves.forEach((curve, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const line = curve.points
      .map(point => `${round(x(point.x))},${round(y(point.y))}`)
      .join(' ');
    parts.push(
      `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...curve.points.map(
        point =>
          `<circle cx="${round(x(point.x))}" cy="${round(
            y(point.y),
          )}" r="3" fill="${colour}"/>`,
      ),
      // Beside the curves, which may be anywhere among the axes.
      `<text x="${WIDTH - MARGIN.right + 16}" y="${
        MARGIN.top + 12 + index * 14
      }" fill="${colour}">${curve.label}</text>`,
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${
    WIDTH * 2
  }" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#ffffff"/>${parts.join(
    '',
  )}</svg>\n`;
}

/** The powers of ten around some values; what is not above zero has none. */
function powers(values: readonly number[]): [number, number] {
  const logs = values.filter(value => value > 0).map(Math.log10);
  const low = Math.floor(Math.min(...logs));
  return [low, Math.max(low + 1, Math.ceil(Math.max(...logs)))];
}

function scale([low, high]: [number, number], from: number, to: number) {
  return (value: number) => {
    const part = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return round(from + part * (to - from));
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function label(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}
