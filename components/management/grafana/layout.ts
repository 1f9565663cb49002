import type { Panel } from "../../core/panels";

/** Where panels stand: Grafana's grid has 24 columns. */

const columns = 24;

/** Least width, and height, that each kind is read well at. */
const sizes: Readonly<Record<Panel["kind"], { readonly width: number; readonly height: number }>> = {
  stat: { width: 4, height: 4 },
  chart: { width: 8, height: 8 },
  bars: { width: 8, height: 8 },
  table: { width: 12, height: 8 },
  logs: { width: columns, height: 16 },
};
/** What takes the whole width has many tiles or lines. */
const wholeHeight = 8;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const widthOf = ({ kind, whole }: Panel): number => (whole ? columns : sizes[kind].width);
const heightOf = ({ kind, whole }: Panel): number =>
  whole ? Math.max(wholeHeight, sizes[kind].height) : sizes[kind].height;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/**
 * The places of a row's panels in their order: as many in a line as can be read, lines evenly filled, each as wide as the grid.
 * @returns the places, and where the next row begins
 */
export function place(
  panels: readonly Panel[],
  top: number,
): { readonly places: readonly Place[]; readonly bottom: number } {
  const places: Place[] = [];
  let y = top;
  for (const line of runs(panels).flatMap(lines)) {
    const wanted = line.map(widthOf);
    let x = 0;
    line.forEach((panel, i) => {
      // To where the panel ends, so that what rounding takes from one it gives to the next.
      const end = Math.round((sum(wanted.slice(0, i + 1)) / sum(wanted)) * columns);
      places.push({ x, y, w: end - x, h: heightOf(panel) });
      x = end;
    });
    y += Math.max(...line.map(heightOf));
  }
  return { places, bottom: y };
}

/** Neighbours of the same height. */
function runs(panels: readonly Panel[]): readonly (readonly Panel[])[] {
  const found: Panel[][] = [];
  for (const panel of panels) {
    const last = found.at(-1);
    if (last?.[0] && heightOf(last[0]) === heightOf(panel)) last.push(panel);
    else found.push([panel]);
  }
  return found;
}

function lines(run: readonly Panel[]): readonly (readonly Panel[])[] {
  const count = Math.ceil(sum(run.map(widthOf)) / columns);
  const share = Math.ceil(run.length / count);
  return Array.from({ length: count }, (_, i) => run.slice(i * share, (i + 1) * share)).filter(
    ({ length }) => length > 0,
  );
}
