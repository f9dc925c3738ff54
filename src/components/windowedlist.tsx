import * as React from 'react';

/** Rows drawn above and below what can be seen, so that scrolling shows no gap. */
const SPARE = 8;
const ASSUMED_HEIGHT_PX = 600;

/**
 * A list that draws only the rows that can be seen, however many there are.
 *
 * It is as high as all of its rows and is scrolled by an element around it. Rows may differ in
 * height, which must be known beforehand.
 */
export function WindowedList<T>(props: WindowedList.IProps<T>): JSX.Element {
  const {
    rows,
    heightOf,
    drawRow,
    listRef,
    activeIndex,
    within,
    ...attributes
  } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const [view, setView] = React.useState({ top: 0, height: ASSUMED_HEIGHT_PX });
  const tops = React.useMemo(() => topsOf(rows, heightOf), [rows, heightOf]);
  useView(node, within, setView);
  React.useImperativeHandle(
    listRef,
    () => ({
      reveal: index =>
        reveal(node.current, within, tops[index], tops[index + 1])
    }),
    [tops, within]
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
    /** Selector of the element around it that scrolls. */
    within: string;
  }
}

function useView(
  node: React.RefObject<HTMLDivElement>,
  within: string,
  setView: (view: { top: number; height: number }) => void
): void {
  React.useEffect(() => {
    const list = node.current;
    if (list === null) {
      return;
    }
    const scroller = list.closest<HTMLElement>(within) ?? list;
    const measure = () =>
      setView({
        top: scroller.scrollTop - offsetIn(scroller, list),
        height: scroller.clientHeight || ASSUMED_HEIGHT_PX
      });
    scroller.addEventListener('scroll', measure, { passive: true });
    const observer =
      typeof ResizeObserver === 'undefined'
        ? null
        : new ResizeObserver(measure);
    observer?.observe(scroller);
    measure();
    return () => {
      scroller.removeEventListener('scroll', measure);
      observer?.disconnect();
    };
  }, [node, within, setView]);
}

/** How far below the beginning of what scrolls an element begins. */
function offsetIn(scroller: HTMLElement, node: HTMLElement): number {
  if (node === scroller) {
    return 0;
  }
  return (
    node.getBoundingClientRect().top -
    scroller.getBoundingClientRect().top +
    scroller.scrollTop
  );
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
  list: HTMLDivElement | null,
  within: string,
  top: number,
  bottom: number
): void {
  const scroller = list?.closest<HTMLElement>(within);
  if (!list || !scroller) {
    return;
  }
  const offset = offsetIn(scroller, list);
  // What sticks to the upper edge covers rows there.
  const covered = parseFloat(getComputedStyle(scroller).scrollPaddingTop) || 0;
  if (offset + top - covered < scroller.scrollTop) {
    scroller.scrollTop = offset + top - covered;
  } else if (offset + bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = offset + bottom - scroller.clientHeight;
  }
}
