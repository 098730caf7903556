/**
 * Lines over time on a canvas: a series a station, the newest on the right, drawn anew each frame. Colours are those
 * of the page's style sheet, so that the plot follows it from light to dark.
 *
 * @module
 */

/// <reference lib="dom" />

/** Milliseconds from the left edge to the right. */
const SPAN = 30_000;
/** A line has a gap where nothing came for so long. */
const GAP = 500;
/** The scale of values goes in such steps, and to no less than three of them. */
const STEP = 5;
const MARGIN = { left: 30, right: 74, top: 8, bottom: 24 };

/** When by the sender's clock, and how much. */
type Point = readonly [number, number];

interface Series {
  readonly name: string;
  /** The custom property that has its colour. */
  readonly colour: string;
  /** The oldest first. */
  readonly points: Point[];
}

/** How a frame is drawn: the context, and where a time and a value are. */
interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly now: number;
  readonly right: number;
  readonly bottom: number;
  x(time: number): number;
  y(value: number): number;
  colour(property: string): string;
}

/** What is drawn, and where. */
export class Plot {
  readonly #canvas: HTMLCanvasElement;
  readonly #series: Map<string, Series> = new Map();
  /** The page's clock less the sender's, with the shortest way that a message took. */
  #offset = Infinity;
  #top = 20;
  #pointer: number | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    canvas.addEventListener("pointermove", ({ offsetX }) => this.#pointer = offsetX);
    canvas.addEventListener("pointerleave", () => this.#pointer = undefined);
    const frame = () => {
      this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Declares a series, and the custom property that has its colour. */
  declare(name: string, colour: string): void {
    this.#series.set(name, { name, colour, points: [] });
  }

  /** Adds a point, of so many milliseconds by the sender's clock. */
  add(name: string, time: number, value: number): void {
    this.#offset = Math.min(this.#offset, performance.now() - time);
    this.#series.get(name)?.points.push([time, value]);
  }

  #draw(): void {
    const now = this.#offset === Infinity ? 0 : performance.now() - this.#offset;
    const all = [...this.#series.values()];
    for (const { points } of all) {
      const first = points.findIndex(([time]) => time >= now - SPAN);
      points.splice(0, first < 0 ? points.length : first);
    }
    this.#scale(all);
    const frame = this.#frame(now);
    drawGrid(frame, this.#top);
    for (const series of all) drawLine(frame, series);
    drawNames(frame, all.filter(({ points }) => points.length > 0 && now - points.at(-1)![0] < GAP));
    const pointer = this.#pointer;
    if (pointer !== undefined && pointer >= MARGIN.left && pointer <= frame.right) {
      drawReading(frame, all, pointer);
    }
  }

  /** The scale grows at once and shrinks slowly, so that it does not jump about. */
  #scale(all: readonly Series[]): void {
    const highest = Math.max(3 * STEP, ...all.flatMap(({ points }) => points.map(([, value]) => value)));
    const wanted = Math.ceil(highest / STEP) * STEP;
    this.#top = Math.max(wanted, this.#top + (wanted - this.#top) * 0.02);
  }

  #frame(now: number): Frame {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
    }
    const style = getComputedStyle(this.#canvas);
    const context = this.#canvas.getContext("2d")!;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const right = width - MARGIN.right;
    const bottom = height - MARGIN.bottom;
    return {
      context,
      now,
      right,
      bottom,
      x: (time) => right - (now - time) / SPAN * (right - MARGIN.left),
      y: (value) => bottom - value / this.#top * (bottom - MARGIN.top),
      colour: (property) => style.getPropertyValue(property),
    };
  }
}

function drawGrid({ context, now, right, bottom, x, y, colour }: Frame, top: number): void {
  context.strokeStyle = colour("--line");
  context.fillStyle = colour("--quiet");
  context.lineWidth = 1;
  context.textAlign = "right";
  for (let value = 0; value <= top; value += STEP) {
    const level = Math.round(y(value)) + 0.5;
    stroke(context, [[MARGIN.left, level], [right, level]]);
    context.fillText(String(value), MARGIN.left - 8, level);
  }
  context.textAlign = "center";
  for (let seconds = 0; seconds <= SPAN / 1000; seconds += 5) {
    const text = seconds === 0 ? "now" : `−${seconds} s`;
    context.fillText(text, x(now - seconds * 1000), bottom + 15);
  }
}

function drawLine({ context, x, y, colour }: Frame, series: Series): void {
  context.strokeStyle = colour(series.colour);
  context.lineWidth = 2;
  for (const run of runs(series.points)) stroke(context, run.map(([time, value]) => [x(time), y(value)]));
}

/** A dot at each line's end and its name, moved down where it would stand on another. */
function drawNames({ context, right, y, colour }: Frame, all: readonly Series[]): void {
  const ends = all.map(({ name, colour, points }) => ({ name, colour, at: y(points.at(-1)![1]) }));
  let free = -Infinity;
  context.textAlign = "left";
  for (const end of ends.sort((one, other) => one.at - other.at)) {
    free = Math.max(end.at, free);
    context.fillStyle = colour(end.colour);
    context.beginPath();
    context.arc(right, end.at, 4, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = colour("--ink");
    context.fillText(end.name, right + 12, free);
    free += 16;
  }
}

/** A line under the pointer, and what was measured there. */
function drawReading(frame: Frame, all: readonly Series[], pointer: number): void {
  const { context, now, right, bottom, colour } = frame;
  const time = now - (right - pointer) / (right - MARGIN.left) * SPAN;
  const rows = all.flatMap(({ name, colour, points }) => {
    const found = points.findLast(([when]) => when <= time);
    return found !== undefined && time - found[0] < GAP ? [{ name, colour, value: found[1] }] : [];
  }).sort((one, other) => other.value - one.value);
  context.lineWidth = 1;
  context.strokeStyle = colour("--quiet");
  stroke(context, [[pointer, MARGIN.top], [pointer, bottom]]);
  if (rows.length === 0) return;

  const left = pointer > right / 2 ? pointer - 142 : pointer + 12;
  const height = rows.length * 20 + 12;
  const top = middleOfWidestGap([MARGIN.top, ...rows.map(({ value }) => frame.y(value)), bottom]) -
    height / 2;
  context.fillStyle = colour("--card");
  context.strokeStyle = colour("--line");
  context.beginPath();
  context.roundRect(left, top, 130, height, 6);
  context.fill();
  context.stroke();
  for (const [index, row] of rows.entries()) {
    const middle = top + 16 + index * 20;
    context.fillStyle = colour(row.colour);
    context.fillRect(left + 10, middle - 1, 12, 2);
    context.fillStyle = colour("--ink");
    context.textAlign = "left";
    context.fillText(row.name, left + 30, middle);
    context.textAlign = "right";
    context.fillText(row.value.toFixed(1), left + 120, middle);
  }
}

/** Where there is most room, so that as little as may be of the lines is hidden. From the top to the bottom. */
function middleOfWidestGap(levels: readonly number[]): number {
  const gaps = levels.slice(1).map((level, index) => ({
    from: levels[index]!,
    size: level - levels[index]!,
  }));
  const { from, size } = gaps.reduce((widest, gap) => gap.size > widest.size ? gap : widest);
  return from + size / 2;
}

/** Points without a gap between them. */
function runs(points: readonly Point[]): Point[][] {
  const found: Point[][] = [];
  let before = -Infinity;
  for (const point of points) {
    if (point[0] - before > GAP) found.push([]);
    found.at(-1)!.push(point);
    before = point[0];
  }
  return found;
}

function stroke(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}
