import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import type { Point } from '../api/telemetry.ts';
import { minuteOf } from '../text.ts';

const heightPx = 240;

interface MetricChartProps {
  readonly points: readonly Point[];
  readonly label: string;
}

/** Mean as a line within the band from minimum to maximum. */
export function MetricChart({ points, label }: MetricChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(null);

  useEffect(() => {
    const { current: element } = place;
    if (element === null) return;
    const plot = new UPlot(optionsFor(element), columnsOf([]), element);
    chart.current = plot;
    const sizes = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    sizes.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      sizes.disconnect();
      plot.destroy();
    };
  }, []);

  useEffect(() => chart.current?.setData(columnsOf(points)), [points]);

  return <div class="chart" ref={place} role="img" aria-label={label} data-points={points.length} />;
}

const columnsOf = (points: readonly Point[]): UPlot.AlignedData => [
  points.map(({ start }) => Date.parse(start) / 1000),
  points.map(({ max }) => max),
  points.map(({ mean }) => mean),
  points.map(({ min }) => min),
];

function optionsFor(element: HTMLElement): UPlot.Options {
  /** Read when it draws, as light and dark change under the page. */
  const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
  const axis: UPlot.Axis = { stroke: colour('--ink'), grid: { stroke: colour('--line') }, ticks: { show: false } };
  const clock = (_plot: UPlot, seconds: number[]) => seconds.map((each) => minuteOf(each * 1000));
  const value = (_plot: UPlot, measured: number | null) => measured?.toFixed(2) ?? '–';
  const edge = { stroke: colour('--edge'), width: 1, points: { show: false }, value };
  return {
    width: element.clientWidth,
    height: heightPx,
    axes: [{ ...axis, values: clock, size: 30 }, axis],
    legend: { markers: { show: false } },
    bands: [{ series: [1, 3], fill: colour('--band') }],
    series: [
      { label: 'at', value: (_plot, seconds: number | null) => (seconds === null ? '–' : minuteOf(seconds * 1000)) },
      { ...edge, label: 'max' },
      { label: 'mean', stroke: colour('--accent'), width: 2, value },
      { ...edge, label: 'min' },
    ],
  };
}
