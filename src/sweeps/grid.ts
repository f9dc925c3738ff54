import {
  BasicKeyHandler,
  BasicMouseHandler,
  BasicSelectionModel,
  DataGrid,
  DataModel,
  TextRenderer
} from '@lumino/datagrid';
import { IDisposable } from '@lumino/disposable';
import { Message } from '@lumino/messaging';

import { followTheme, themeOf } from '../components/theme';
import { textOf, Value } from './data';
import { shortNumber } from './ticks';
import { SweepView } from './view';

const ROW_HEIGHT = 24;
const COLUMN_WIDTH = 110;
const POINT_WIDTH = 64;
/** Pixels beside a column's edge that take it for its width, not for sorting. */
const EDGE = 6;

/**
 * The rows of a sweep for JupyterLab's grid, which draws only what is in view.
 */
export class SweepGridModel extends DataModel {
  constructor(readonly view: SweepView) {
    super();
    view.changed.connect(this._onView, this);
    this._columns = view.columns.length;
    this._rows = view.count;
  }

  rowCount(region: DataModel.RowRegion): number {
    return region === 'body' ? this._rows : 1;
  }

  columnCount(region: DataModel.ColumnRegion): number {
    return region === 'body' ? this._columns : 0;
  }

  data(region: DataModel.CellRegion, row: number, column: number): Value {
    if (region !== 'column-header') {
      return this.view.value(row, column);
    }
    const { sorting } = this.view;
    const name = this.view.nameOf(this.view.columns[column]);
    return sorting?.column === column
      ? `${name} ${sorting.isDescending ? '▼' : '▲'}`
      : name;
  }

  dispose(): void {
    this.view.changed.disconnect(this._onView, this);
  }

  private _onView(): void {
    const { count, columns } = this.view;
    const more = count - this._rows;
    const haveColumns = columns.length === this._columns;
    this._rows = count;
    this._columns = columns.length;
    if (!haveColumns) {
      this.emitChanged({ type: 'model-reset' });
      return;
    }
    if (more !== 0) {
      this.emitChanged({
        type: more > 0 ? 'rows-inserted' : 'rows-removed',
        region: 'body',
        index: Math.min(count, count - more),
        span: Math.abs(more)
      });
    }
    if (count > 0) {
      this.emitChanged({
        type: 'cells-changed',
        region: 'body',
        row: 0,
        column: 0,
        rowSpan: count,
        columnSpan: columns.length
      });
    }
    this.emitChanged({
      type: 'cells-changed',
      region: 'column-header',
      row: 0,
      column: 0,
      rowSpan: 1,
      columnSpan: columns.length
    });
  }

  private _columns: number;
  private _rows: number;
}

/**
 * The grid with the results of a sweep: sorted by a click on a column's head, walked by keys.
 */
export class SweepGrid extends DataGrid {
  /**
   * @param label - what a screen reader says of it
   * @param onCursor - told which cell the keyboard or the mouse has reached
   */
  constructor(
    readonly view: SweepView,
    label: string,
    onCursor: (row: number, column: number) => void
  ) {
    super({
      defaultSizes: {
        rowHeight: ROW_HEIGHT,
        columnWidth: COLUMN_WIDTH,
        rowHeaderWidth: POINT_WIDTH,
        columnHeaderHeight: ROW_HEIGHT
      },
      headerVisibility: 'column',
      stretchLastColumn: true
    });
    this.addClass('jp-EmoutLab-SweepGrid');
    this._model = new SweepGridModel(view);
    this._selection = new BasicSelectionModel({ dataModel: this._model });
    this.dataModel = this._model;
    this.selectionModel = this._selection;
    this.keyHandler = new BasicKeyHandler();
    this.mouseHandler = new SortingMouse(view);
    this._makeReachable(label);
    this._selection.changed.connect(() => {
      const { cursorRow, cursorColumn } = this._selection;
      if (!this._isMoving && cursorRow >= 0) {
        this._point = view.value(cursorRow, 0);
        onCursor(cursorRow, cursorColumn);
      }
    });
    view.changed.connect(this._keepCursor, this);
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.view.changed.disconnect(this._keepCursor, this);
    this._theme?.dispose();
    this._model.dispose();
    super.dispose();
  }

  protected onActivateRequest(msg: Message): void {
    this.viewport.node.focus();
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._theme ??= followTheme(() => this._dress());
    this._dress();
  }

  /** The keyboard may come here, and finds a cell to begin with. */
  private _makeReachable(label: string): void {
    const { node } = this.viewport;
    node.tabIndex = 0;
    // A canvas has no cells to read: each is told in words when it is reached.
    node.setAttribute('role', 'application');
    node.setAttribute('aria-label', label);
    node.addEventListener('focus', () => {
      if (this._selection.cursorRow < 0 && this.view.count > 0) {
        this._select(0, 0);
      }
    });
  }

  /** Keep the cursor on the same point when rows move. */
  private _keepCursor(): void {
    const column = Math.max(0, this._selection.cursorColumn);
    if (this._point === null) {
      return;
    }
    const row = this.view.rowOfPoint(this._point);
    this._isMoving = true;
    if (row < 0) {
      this._selection.clear();
    } else {
      this._select(row, column);
    }
    this._isMoving = false;
  }

  private _select(row: number, column: number): void {
    this._selection.select({
      r1: row,
      c1: column,
      r2: row,
      c2: column,
      cursorRow: row,
      cursorColumn: column,
      clear: 'all'
    });
  }

  /** Take over the colours and the font of the theme. */
  private _dress(): void {
    const theme = themeOf(this.node);
    const background = theme('--jp-layout-color1', '#fff');
    const line = theme('--jp-border-color2', '#e0e0e0');
    const brand = theme('--jp-brand-color1', '#2196f3');
    this.style = {
      ...DataGrid.defaultStyle,
      voidColor: background,
      backgroundColor: background,
      headerBackgroundColor: theme('--jp-layout-color2', '#eee'),
      gridLineColor: line,
      headerGridLineColor: line,
      rowBackgroundColor: undefined,
      selectionFillColor: transparent(brand),
      selectionBorderColor: brand,
      cursorFillColor: transparent(brand),
      cursorBorderColor: brand,
      headerSelectionFillColor: transparent(brand),
      headerSelectionBorderColor: brand
    };
    const font = [
      theme('--jp-ui-font-size1', '13px'),
      theme('--jp-ui-font-family', 'sans-serif')
    ].join(' ');
    const color = theme('--jp-ui-font-color1', '#000');
    const cell = new TextRenderer({
      font,
      textColor: color,
      horizontalAlignment: ({ value }) => alignmentOf(value),
      format: ({ value }) => cellText(value),
      elideDirection: 'right'
    });
    const head = new TextRenderer({
      font: `600 ${font}`,
      textColor: color,
      horizontalAlignment: ({ column }) =>
        alignmentOf(this.view.value(0, column)),
      elideDirection: 'right'
    });
    this.cellRenderers.update({ body: cell, 'column-header': head });
  }

  private _isMoving = false;
  private _model: SweepGridModel;
  /** The point that the cursor is on. */
  private _point: Value = null;
  private _selection: BasicSelectionModel;
  private _theme: IDisposable | null = null;
}

/**
 * Sorts where a column's head is clicked, beside what the mouse does elsewhere.
 */
class SortingMouse extends BasicMouseHandler {
  constructor(private _view: SweepView) {
    super();
  }

  onMouseDown(grid: DataGrid, event: MouseEvent): void {
    const hit = grid.hitTest(event.clientX, event.clientY);
    const isInside = hit.x > EDGE && hit.x < hit.width - EDGE;
    if (hit.region === 'column-header' && isInside && event.button === 0) {
      this._view.toggle(hit.column);
    } else {
      super.onMouseDown(grid, event);
    }
  }
}

/** The text of a cell, short: there is room for all digits below the grid. */
function cellText(value: Value | undefined): string {
  return typeof value === 'number' && Number.isFinite(value)
    ? shortNumber(value)
    : textOf(value ?? null);
}

function alignmentOf(value: unknown): TextRenderer.HorizontalAlignment {
  return typeof value === 'number' ? 'right' : 'left';
}

/** A colour of the theme through which text can be read. */
function transparent(color: string): string {
  return `color-mix(in srgb, ${color} 20%, transparent)`;
}
