import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, ReactWidget } from '@jupyterlab/ui-components';
import { Message, MessageLoop } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { sortIcon, tableIcon } from '../icons';
import { textOf } from './data';
import { SweepState, createSweepTab } from './frame';
import { SweepGrid } from './grid';
import { columnName } from './names';
import { SweepTableModel } from './tablemodel';
import { SweepView } from './view';

/**
 * A main-area tab with the results of a sweep as a table.
 */
export function createSweepTable(
  options: SweepTableModel.IOptions & { trans: TranslationBundle }
): MainAreaWidget<SweepTable> {
  const { trans } = options;
  const content = new SweepTable(new SweepTableModel(options), trans);
  return createSweepTab({
    content,
    table: content.table,
    icon: tableIcon,
    titleOf: name => trans.__('Table of %1', name)
  });
}

/**
 * The results of a sweep, row by row, below a bar to sort and to filter them.
 */
export class SweepTable extends Panel {
  constructor(
    readonly table: SweepTableModel,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-EmoutLab-SweepTable');
    const trans = this._trans;
    this.view = new SweepView(table, column => columnName(column, trans));
    this.grid = new SweepGrid(
      this.view,
      trans.__('Results; arrow keys lead from cell to cell'),
      (row, column) => this._tell(row, column)
    );
    this._told = new Widget();
    this._told.addClass('jp-EmoutLab-SweepTable-cell');
    this._told.node.setAttribute('role', 'status');
    this.addWidget(
      ReactWidget.create(<TableBar view={this.view} trans={trans} />)
    );
    this.addWidget(
      ReactWidget.create(<SweepState table={table} trans={trans} />)
    );
    this.addWidget(this.grid);
    this.addWidget(this._told);
    const fit = () =>
      MessageLoop.postMessage(this.grid, Widget.ResizeMessage.UnknownSize);
    this._observer = new ResizeObserver(fit);
    this._observer.observe(this.grid.node);
  }

  readonly view: SweepView;
  readonly grid: SweepGrid;

  dispose(): void {
    if (!this.isDisposed) {
      this._observer.disconnect();
      super.dispose();
      this.view.dispose();
      this.table.dispose();
    }
  }

  protected onAfterShow(msg: Message): void {
    this.table.isVisible = true;
  }

  protected onAfterHide(msg: Message): void {
    this.table.isVisible = false;
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.table.isVisible = this.isVisible;
  }

  protected onActivateRequest(msg: Message): void {
    this.grid.activate();
  }

  /** Write out the cell that the cursor is on, also where it is cut off in the grid. */
  private _tell(row: number, column: number): void {
    const { view } = this;
    const name = view.nameOf(view.columns[column]);
    const value = view.value(row, column);
    const place = this._trans.__('row %1 of %2', row + 1, view.count);
    const text = value === null ? this._trans.__('empty') : textOf(value);
    this._told.node.textContent = `${place} · ${name}: ${text}`;
  }

  private _observer: ResizeObserver;
  private _told: Widget;
}

interface IBarProps {
  view: SweepView;
  trans: TranslationBundle;
}

/**
 * Filter and order, for those who do not click on columns, and how many rows are shown.
 */
export function TableBar({ view, trans }: IBarProps): JSX.Element {
  useSignal(view.changed);
  const { sorting, unknown } = view;
  const total = view.table.data.count;
  return (
    <div className="jp-EmoutLab-SweepBar">
      <input
        type="search"
        className="jp-EmoutLab-Input jp-mod-styled"
        placeholder={trans.__('Filter: words, or k>=2 status=failed')}
        aria-label={trans.__('Filter rows')}
        aria-invalid={unknown !== ''}
        spellCheck={false}
        value={view.filter}
        onChange={event => (view.filter = event.target.value)}
      />
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Sort by')}
        value={sorting?.column ?? ''}
        onChange={({ target }) =>
          (view.sorting =
            target.value === ''
              ? null
              : {
                  column: Number(target.value),
                  isDescending: sorting?.isDescending ?? false
                })
        }
      >
        <option value="">{trans.__('in the order of points')}</option>
        {view.columns.map((column, index) => (
          <option key={index} value={index}>
            {trans.__('by %1', view.nameOf(column))}
          </option>
        ))}
      </HTMLSelect>
      <IconButton
        icon={sortIcon}
        label={trans.__('Largest first')}
        isPressed={sorting?.isDescending ?? false}
        disabled={sorting === null}
        onClick={() =>
          (view.sorting = sorting && {
            ...sorting,
            isDescending: !sorting.isDescending
          })
        }
      />
      <span className="jp-EmoutLab-Number" role="status">
        {unknown !== ''
          ? trans.__("No column is called '%1'.", unknown)
          : trans.__('%1 of %2 rows', view.count, total)}
      </span>
    </div>
  );
}
