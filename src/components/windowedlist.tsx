import * as React from 'react';

/** Rows drawn above and below what can be seen, so that scrolling shows no gap. */
const SPARE = 8;
const ASSUMED_HEIGHT_PX = 600;

/**
 * A list that draws only the rows that can be seen, however many there are.
 *
 * Rows may differ in height, which must be known beforehand.
 */
export function WindowedList<T>(props: WindowedList.IProps<T>): JSX.Element {
  const { rows, heightOf, drawRow, listRef, activeIndex, ...attributes } =
    props;
  const node = React.useRef<HTMLDivElement>(null);
  const [view, setView] = React.useState({ top: 0, height: ASSUMED_HEIGHT_PX });
  const tops = React.useMemo(() => topsOf(rows, heightOf), [rows, heightOf]);
  useView(node, setView);
  React.useImperativeHandle(
    listRef,
    () => ({
      reveal: index => reveal(node.current, tops[index], tops[index + 1])
    }),
    [tops]
  );
  const first = Math.max(0, indexAt(tops, view.top) - SPARE);
  const last = Math.min(
    rows.length,
    indexAt(tops, view.top + view.height) + 1 + SPARE
  );
  const shown = rows.slice(first, last).map((_, i) => first + i);
  // The row that has the focus stays, or the keyboard would lose its place.
  if (activeIndex >= 0 && activeIndex < rows.length) {
    if (activeIndex < first) {
      shown.unshift(activeIndex);
    } else if (activeIndex >= last) {
      shown.push(activeIndex);
    }
  }
  return (
    <div {...attributes} ref={node}>
      <div
        role="presentation"
        className="jp-EmoutLab-Windowed"
        style={{ height: tops[rows.length] }}
      >
        {shown.map(index =>
          drawRow(rows[index], index, {
            top: tops[index],
            height: tops[index + 1] - tops[index]
          })
        )}
      </div>
    </div>
  );
}

export namespace WindowedList {
  export interface IHandle {
    /** Scroll as little as is needed to see a row. */
    reveal: (index: number) => void;
  }

  export interface IProps<T> extends React.HTMLAttributes<HTMLDivElement> {
    rows: readonly T[];
    /** Pixels; keep the function stable. */
    heightOf: (row: T) => number;
    drawRow: (
      row: T,
      index: number,
      style: { top: number; height: number }
    ) => React.ReactNode;
    /** Index of the row that has or had the focus, or -1. */
    activeIndex: number;
    listRef?: React.Ref<IHandle>;
  }
}

function useView(
  node: React.RefObject<HTMLDivElement>,
  setView: (view: { top: number; height: number }) => void
): void {
  React.useEffect(() => {
    const element = node.current;
    if (element === null) {
      return;
    }
    const measure = () =>
      setView({
        top: element.scrollTop,
        height: element.clientHeight || ASSUMED_HEIGHT_PX
      });
    element.addEventListener('scroll', measure, { passive: true });
    const observer =
      typeof ResizeObserver === 'undefined'
        ? null
        : new ResizeObserver(measure);
    observer?.observe(element);
    measure();
    return () => {
      element.removeEventListener('scroll', measure);
      observer?.disconnect();
    };
  }, [node, setView]);
}

/** Top of every row, and the end of the last one. */
function topsOf<T>(rows: readonly T[], heightOf: (row: T) => number): number[] {
  const tops = [0];
  for (const row of rows) {
    tops.push(tops[tops.length - 1] + heightOf(row));
  }
  return tops;
}

/** Index of the row at a height, by bisection. */
function indexAt(tops: readonly number[], y: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

function reveal(
  node: HTMLDivElement | null,
  top: number,
  bottom: number
): void {
  if (node === null) {
    return;
  }
  if (top < node.scrollTop) {
    node.scrollTop = top;
  } else if (bottom > node.scrollTop + node.clientHeight) {
    node.scrollTop = bottom - node.clientHeight;
  }
}
