import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Placeholder } from '../components/placeholder';
import { plotIcon } from '../icons';
import { SweepState, createSweepTab } from './frame';
import { Plot } from './marks';
import { columnName } from './names';
import { PlotCanvas } from './plotcanvas';
import { SweepPlotModel } from './plotmodel';
import { SweepTableModel } from './tablemodel';

/**
 * A main-area tab with a result of a sweep against one or two of its parameters.
 */
export function createSweepPlot(
  options: SweepTableModel.IOptions & { trans: TranslationBundle }
): MainAreaWidget<SweepPlot> {
  const { trans } = options;
  const table = new SweepTableModel(options);
  const model = new SweepPlotModel(table, column => columnName(column, trans));
  return createSweepTab({
    content: new SweepPlot(model, trans),
    table,
    icon: plotIcon,
    titleOf: name => trans.__('Plot of %1', name)
  });
}

/**
 * The content of a tab with a plot.
 */
export class SweepPlot extends ReactWidget {
  constructor(
    readonly model: SweepPlotModel,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-EmoutLab-SweepPlot');
  }

  dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
      this.model.table.dispose();
    }
  }

  protected onAfterShow(): void {
    this.model.table.isVisible = true;
  }

  protected onAfterHide(): void {
    this.model.table.isVisible = false;
  }

  protected onAfterAttach(
    msg: Parameters<ReactWidget['onAfterAttach']>[0]
  ): void {
    super.onAfterAttach(msg);
    this.model.table.isVisible = this.isVisible;
  }

  protected onActivateRequest(): void {
    this.node.querySelector<HTMLElement>('canvas, select')?.focus();
  }

  protected render(): JSX.Element {
    return <PlotBody model={this.model} trans={this._trans} />;
  }
}

interface IProps {
  model: SweepPlotModel;
  trans: TranslationBundle;
}

/**
 * The choice of what is drawn, above the picture and what has to be said of it.
 */
export function PlotBody({ model, trans }: IProps): JSX.Element {
  useSignal(model.changed);
  const { plot, table } = model;
  return (
    <>
      <PlotBar model={model} trans={trans} />
      <SweepState table={table} trans={trans} />
      {plot === null || plot.marks.length === 0 ? (
        table.data.count > 0 && (
          <Placeholder title={trans.__('Nothing to draw.')}>
            {trans.__('No point has a number as a result yet.')}
          </Placeholder>
        )
      ) : (
        <>
          <PlotCanvas plot={plot} trans={trans} />
          <Remarks plot={plot} trans={trans} />
        </>
      )}
    </>
  );
}

function PlotBar({ model, trans }: IProps): JSX.Element {
  const { parameters, result, results, x, y } = model;
  const { data } = model.table;
  const resultName = (name: string) => {
    const column = data.column('result', name) ?? data.column('about', name);
    return column ? columnName(column, trans) : name;
  };
  return (
    <div className="jp-EmoutLab-SweepBar">
      <Choice
        label={trans.__('Result')}
        names={results}
        nameOf={resultName}
        value={result}
        onChoose={name => (model.result = name)}
      />
      <Choice
        label={trans.__('against')}
        names={parameters}
        value={x}
        onChoose={name => (model.x = name)}
      />
      <Choice
        label={trans.__('and')}
        names={parameters.filter(name => name !== x)}
        none={trans.__('nothing else')}
        value={y}
        onChoose={name => (model.y = name)}
      />
    </div>
  );
}

function Choice(props: {
  label: string;
  names: readonly string[];
  nameOf?: (name: string) => string;
  /** Words for the choice of none of them, where that is one. */
  none?: string;
  value: string | null;
  onChoose: (name: string | null) => void;
}): JSX.Element {
  const { label, names, none, value, onChoose } = props;
  // Not the name itself as the value: a parameter may be called ''.
  const index = value === null ? -1 : names.indexOf(value);
  return (
    <label className="jp-EmoutLab-SweepBar-choice">
      <span>{label}</span>
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={label}
        value={index}
        onChange={({ target }) => onChoose(names[Number(target.value)] ?? null)}
      >
        {(none !== undefined || names.length === 0) && (
          <option value={-1}>{none ?? '–'}</option>
        )}
        {names.map((name, place) => (
          <option key={name} value={place}>
            {props.nameOf?.(name) ?? name}
          </option>
        ))}
      </HTMLSelect>
    </label>
  );
}

/** What the picture does not show by itself. */
function Remarks(props: {
  plot: Plot;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { plot, trans } = props;
  const remarks: string[] = [];
  if (plot.crowd > 1) {
    remarks.push(
      plot.kind === 'line'
        ? trans.__(
            'The line goes through means: up to %1 results stand at one place.',
            plot.crowd
          )
        : trans.__(
            'Colours are means: up to %1 results stand at one place.',
            plot.crowd
          )
    );
  }
  if (plot.missing > 0) {
    remarks.push(
      trans._n(
        '%1 point without a number is left out.',
        '%1 points without a number are left out.',
        plot.missing
      )
    );
  }
  return remarks.length === 0 ? null : (
    <p className="jp-EmoutLab-SweepPlot-remarks">{remarks.join(' ')}</p>
  );
}
