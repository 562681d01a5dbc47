import uPlot from 'uplot';

import { date, time, trimmed, type Zone } from './format';
import type { Palette } from './palette';
import { extent, stacked } from './series';

/// What a chart of time draws. `values` are those that are read off it, also where they are drawn
/// on top of each other.
export interface ChartSeries {
  name: string;
  /** Token of its colour. */
  colour: string;
  values: Float64Array;
}

export interface ChartNote {
  t: number;
  text: string;
  kind: string;
}

/// A stretch of time in a colour's token.
export interface ChartSpan {
  from: number;
  to: number;
  colour: string;
}

export interface ChartData {
  times: Float64Array;
  /** Lowest first where they are stacked. */
  series: ChartSeries[];
  from: number;
  to: number;
  notes: ChartNote[];
  /** States one after the other, as a band above the chart. */
  band?: ChartSpan[];
  /** Drawn behind the lines. */
  shades?: ChartSpan[];
}

export interface ChartStyle {
  stacked: boolean;
  /** Amounts of steps, each a bar that ends where its step does, instead of a course. */
  bars: boolean;
  axis: (value: number) => string;
  zone: Zone;
  palette: Palette;
  fontFamily: string;
}

const dayMs = 86_400_000;
const intervals = 4;
const barIntervals = 2; // bars stand in low charts
const noteRoom = 14;
const bandRoom = 20;
const bandHeight = 13;
const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/// The least round number that is at least `max` and divides well by four; one that fits still
/// (`was`) is kept, so that a live axis does not jump.
export function roundTop(max: number, was = NaN): number {
  if (!(max > 0)) return 1;
  if (max <= was && max > was * 0.5) return was;
  const wanted = (max * 1.04) / intervals;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = steps.find((one) => one * power >= wanted - power * 1e-9) ?? 10;
  return step * power * intervals;
}

/// What uPlot draws of it: gaps are null, stacked series stand on those below. Bars are drawn one
/// over the other, so the highest come first.
export function plotted(data: ChartData, isStacked: boolean, bars = false): uPlot.AlignedData {
  const values = data.series.map((series) => series.values);
  const drawn = isStacked ? stacked(values) : values;
  if (bars) drawn.reverse();
  const gapless = (column: Float64Array) =>
    Array.from(column, (value) => (Number.isNaN(value) ? null : value));
  return [data.times, ...drawn.map(gapless)] as uPlot.AlignedData;
}

/// Options of a chart whose data is what `current` returns at each drawing.
export function plotOptions(
  current: () => ChartData,
  style: ChartStyle,
  size: { width: number; height: number },
): uPlot.Options {
  const { palette } = style;
  const font = `500 10.5px ${style.fontFamily}`;
  const axis = { font, stroke: () => palette.of('--axis'), ticks: { show: false } };
  let top = NaN;
  return {
    ...size,
    ms: 1,
    padding: [noteRoom + (current().band ? bandRoom : 0), 6, 0, 0],
    legend: { show: false },
    tzDate: (t) => (style.zone === 'utc' ? uPlot.tzDate(new Date(t), 'Etc/UTC') : new Date(t)),
    scales: {
      x: { range: () => [current().from, current().to] },
      y: {
        range: () => {
          const drawn = plotted(current(), style.stacked).slice(1) as (number | null)[][];
          const most = drawn.map((column) => extent(column.map((value) => value ?? NaN)).max);
          top = roundTop(extent(most).max, top);
          return [0, top];
        },
      },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 5,
        space: 64,
        grid: { show: false },
        values: (_, splits) => splits.map((t) => timeLabel(t, current(), style.zone)),
      },
      {
        ...axis,
        size: 46,
        gap: 6,
        grid: { stroke: () => palette.of('--grid'), width: 1 },
        splits: () => {
          const parts = style.bars ? barIntervals : intervals;
          return Array.from({ length: parts + 1 }, (_, i) => (top * i) / parts);
        },
        values: (_, splits) =>
          splits.map((value) => (value === 0 ? '0' : trimmed(style.axis(value)))),
      },
    ],
    series: [{}, ...drawnSeries(current(), style)],
    ...(style.stacked && !style.bars ? { bands: bandsOf(current().series.length) } : {}),
    cursor: {
      y: false,
      sync: { key: 'page', scales: ['x', null] },
      drag: { x: true, y: false, setScale: false },
      ...(style.bars ? { dataIdx: barAt } : {}),
      points: {
        ...(style.stacked ? { show: false } : {}),
        size: 7,
        width: 1.5,
        fill: (_, i) => palette.of(current().series[i - 1]?.colour ?? '--text'),
        stroke: () => palette.of('--surface'),
      },
    },
    hooks: {
      drawAxes: [(u) => drawShades(u, current(), style)],
      draw: [(u) => drawBand(u, current(), style), (u) => drawNotes(u, current(), style, font)],
    },
  };
}

function drawnSeries({ series }: ChartData, style: ChartStyle): uPlot.Series[] {
  // Of many lines none is more than the others.
  const hasFill = series.length <= 2;
  const drawn = series.map((one, i) => seriesOptions(one, hasFill && i === 0, style));
  return style.bars ? drawn.reverse() : drawn;
}

// The bar that a place lies in ends at or behind it.
function barAt(u: uPlot, _: number, nearest: number, x: number): number {
  const isBehind = (u.data[0][nearest] ?? x) < x && nearest + 1 < u.data[0].length;
  return isBehind ? nearest + 1 : nearest;
}

const barWidth = 0.82;

function seriesOptions(series: ChartSeries, isFilled: boolean, style: ChartStyle): uPlot.Series {
  const { palette } = style;
  if (style.bars) {
    return {
      fill: () => palette.of(series.colour),
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars!({ size: [barWidth], align: -1 }),
    };
  }
  if (style.stacked) {
    return {
      stroke: () => palette.of('--surface'),
      width: 0.8,
      fill: () => palette.faded(series.colour, palette.number('--area')),
      points: { show: false },
    };
  }
  return {
    stroke: () => palette.of(series.colour),
    width: 1.6,
    ...(isFilled ? { fill: () => palette.faded(series.colour, 0.12) } : {}),
    // A value between two gaps is no line: it is a point.
    points: {
      show: true,
      size: 3,
      width: 0,
      fill: () => palette.of(series.colour),
      filter: lonely,
    },
  };
}

const lonely: uPlot.Series.Points.Filter = (u, at) => {
  const values = u.data[at] ?? [];
  const alone: number[] = [];
  for (let i = 0; i < values.length; ++i) {
    if (
      values[i] !== null &&
      (values[i - 1] ?? null) === null &&
      (values[i + 1] ?? null) === null
    ) {
      alone.push(i);
    }
  }
  return alone;
};

// Each area ends where the one below begins.
function bandsOf(count: number): uPlot.Band[] {
  return Array.from({ length: Math.max(0, count - 1) }, (_, i) => ({ series: [i + 2, i + 1] }));
}

/// A time as it is read off: with its day where the chart shows several.
export function stamp(t: number, { from, to }: ChartData, zone: Zone): string {
  if (to - from < dayMs) return time(t, zone);
  return `${date(t, zone, to)} ${time(t, zone, 'minutes')}`;
}

function timeLabel(t: number, { from, to }: ChartData, zone: Zone): string {
  if (to - from > 2 * dayMs) return date(t, zone, to);
  return time(t, zone, to - from < 300_000 ? 'seconds' : 'minutes');
}

// Where a span is drawn, in the canvas's pixels; null where the chart does not show it.
function reach(u: uPlot, data: ChartData, span: ChartSpan): { x: number; width: number } | null {
  const [from, to] = [Math.max(span.from, data.from), Math.min(span.to, data.to)];
  if (from >= to) return null;
  const x = u.valToPos(from, 'x', true);
  return { x, width: u.valToPos(to, 'x', true) - x };
}

function drawShades(u: uPlot, data: ChartData, style: ChartStyle): void {
  for (const span of data.shades ?? []) {
    const at = reach(u, data, span);
    u.ctx.fillStyle = style.palette.faded(span.colour, 0.16);
    if (at) u.ctx.fillRect(at.x, u.bbox.top, Math.max(at.width, uPlot.pxRatio), u.bbox.height);
  }
}

function drawBand(u: uPlot, data: ChartData, style: ChartStyle): void {
  const scale = uPlot.pxRatio;
  const y = u.bbox.top - (noteRoom + bandRoom - 2) * scale;
  for (const span of data.band ?? []) {
    const at = reach(u, data, span);
    if (!at) continue;
    u.ctx.fillStyle = style.palette.faded(span.colour, span.colour === '--ok' ? 0.5 : 1);
    u.ctx.beginPath();
    u.ctx.roundRect(at.x, y, Math.max(at.width - scale, scale), bandHeight * scale, 2 * scale);
    u.ctx.fill();
  }
}

const noteTones: Record<string, string> = {
  config: '--accent',
  cooldown: '--info',
  stale: '--warn',
};
const labelGap = 8;

function drawNotes(u: uPlot, data: ChartData, style: ChartStyle, font: string): void {
  const { ctx, bbox } = u;
  const scale = uPlot.pxRatio;
  ctx.save();
  ctx.font = font.replace('10.5px', `${10.5 * scale}px`);
  ctx.textBaseline = 'middle';
  let taken = -Infinity; // where the last label ended: two of them never overlap
  for (const note of [...data.notes].sort((a, b) => a.t - b.t)) {
    if (note.t < data.from || note.t > data.to) continue;
    const x = u.valToPos(note.t, 'x', true);
    const colour = style.palette.of(noteTones[note.kind] ?? '--text-3');
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = scale;
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top - 4 * scale, 3 * scale, 0, 2 * Math.PI);
    ctx.fill();
    const width = ctx.measureText(note.text).width + labelGap * scale;
    const isLeft = x - width > bbox.left;
    const begin = isLeft ? x - width : x + labelGap * scale;
    if (begin < taken) continue;
    taken = isLeft ? x : begin + width;
    ctx.fillStyle = style.palette.of('--text-2');
    ctx.textAlign = 'left';
    ctx.fillText(note.text, begin, bbox.top - 4 * scale);
  }
  ctx.restore();
}
