import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import {
  addIcon,
  copyIcon,
  downloadIcon,
  HTMLSelect,
  imageIcon,
  ReactWidget,
  refreshIcon
} from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { Notice } from '../components/notice';
import { formatBytes, formatMilliseconds } from '../format';
import { fitIcon, minusIcon } from '../icons';
import { IFigure } from '../tokens';
import { figureName } from './body';
import { FORMATS, RESOLUTIONS, ViewerModel } from './viewermodel';

/**
 * DOM id of the tab of a figure.
 */
export function viewerId(id: string): string {
  return `emout-lab-figure-${id}`;
}

/**
 * A main-area tab with one figure: zoom, particulars, saving and rendering again.
 */
export function createViewer(
  options: ViewerModel.IOptions & { trans: TranslationBundle }
): MainAreaWidget {
  const { figure, trans } = options;
  const content = new FigureViewer(new ViewerModel(options), trans);
  const widget = new MainAreaWidget({ content });
  widget.id = viewerId(figure.id);
  widget.title.label = figureName(figure, trans);
  widget.title.icon = imageIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  void content.model.load();
  return widget;
}

/**
 * The content of a figure's tab.
 */
export class FigureViewer extends ReactWidget {
  constructor(
    readonly model: ViewerModel,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-EmoutLab-Viewer');
  }

  /** Zoom in or out by some steps, from what is seen now. */
  zoomBy(steps: number): void {
    const image = this.node.querySelector('img');
    this.model.zoomBy(steps, seenZoom(this.model.figure, image));
  }

  dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <Viewer
        model={this.model}
        trans={this._trans}
        onZoom={steps => this.zoomBy(steps)}
      />
    );
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    // Not passive: the browser would enlarge the whole page.
    this.node.addEventListener('wheel', this._onWheel, { passive: false });
  }

  protected onBeforeDetach(message: Message): void {
    this.node.removeEventListener('wheel', this._onWheel);
    super.onBeforeDetach(message);
  }

  protected onActivateRequest(): void {
    this.node.querySelector<HTMLElement>('.jp-EmoutLab-Viewer-stage')?.focus();
  }

  private _onWheel = (event: WheelEvent): void => {
    if (event.ctrlKey) {
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 1 : -1);
    }
  };
}

/**
 * What is in the tab.
 */
export function Viewer(props: Viewer.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const { figure, source, zoom } = model;
  return (
    <>
      <ViewerBar {...props} />
      {model.failure !== null && (
        <Notice
          trans={trans}
          message={model.failure}
          actionLabel={trans.__('Retry')}
          onAction={() => void model.retry()}
        />
      )}
      <div
        className="jp-EmoutLab-Viewer-stage"
        data-fit={zoom === null}
        aria-busy={model.isBusy}
        tabIndex={0}
        role="region"
        aria-label={trans.__('Picture')}
      >
        {source !== null && (
          <img
            src={source}
            alt={figureName(figure, trans)}
            style={zoom === null ? undefined : { width: zoomed(figure, zoom) }}
          />
        )}
      </div>
      <Particulars {...props} />
    </>
  );
}

export namespace Viewer {
  export interface IProps {
    model: ViewerModel;
    trans: TranslationBundle;
    /** Zoom in or out by some steps. */
    onZoom: (steps: number) => void;
  }
}

/** The zoom at which a picture is seen now. */
function seenZoom(figure: IFigure, image: HTMLImageElement | null): number {
  const full = image === null ? 0 : fullWidth(figure, image);
  return image !== null && full > 0 ? image.clientWidth / full : 1;
}

/** Pixels at 100 %: as it was drawn, also where it was rendered finer since. */
function fullWidth({ width }: IFigure, image: HTMLImageElement): number {
  return width > 0 ? width : image.naturalWidth;
}

function zoomed({ width }: IFigure, zoom: number): string {
  return width > 0 ? `${Math.round(width * zoom)}px` : `${100 * zoom}%`;
}

function ViewerBar(props: Viewer.IProps): JSX.Element {
  const { model, trans, onZoom } = props;
  const { zoom } = model;
  return (
    <div
      className="jp-EmoutLab-Viewer-bar"
      role="toolbar"
      aria-label={trans.__('Figure')}
    >
      <IconButton
        icon={minusIcon}
        label={trans.__('Zoom out')}
        onClick={() => onZoom(-1)}
      />
      <button
        type="button"
        className="jp-EmoutLab-Viewer-zoom"
        title={trans.__('Actual size')}
        onClick={() => (model.zoom = 1)}
      >
        {zoom === null ? trans.__('fitted') : `${Math.round(100 * zoom)} %`}
      </button>
      <IconButton
        icon={addIcon}
        label={trans.__('Zoom in')}
        onClick={() => onZoom(1)}
      />
      <IconButton
        icon={fitIcon}
        label={trans.__('Fit into the tab')}
        isPressed={zoom === null}
        onClick={() => (model.zoom = null)}
      />
      <span className="jp-EmoutLab-Viewer-gap" />
      <RenderAgain {...props} />
      <span className="jp-EmoutLab-Viewer-gap" />
      <IconButton
        icon={copyIcon}
        label={trans.__('Copy picture')}
        disabled={model.source === null}
        onClick={() => void model.copy()}
      />
      <IconButton
        icon={downloadIcon}
        label={trans.__('Save as…')}
        disabled={model.source === null}
        onClick={() => void model.save()}
      />
    </div>
  );
}

function RenderAgain({ model, trans }: Viewer.IProps): JSX.Element {
  const { figure } = model;
  const formats = [...new Set([figure.format, ...FORMATS])];
  return (
    <>
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Format')}
        value={model.chosen.format}
        onChange={event =>
          (model.chosen = { ...model.chosen, format: event.target.value })
        }
      >
        {formats.map(name => (
          <option key={name} value={name}>
            {name.toUpperCase()}
          </option>
        ))}
      </HTMLSelect>
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Resolution')}
        value={model.chosen.dpi ?? ''}
        onChange={({ target }) =>
          (model.chosen = {
            format: model.chosen.format,
            dpi: target.value === '' ? undefined : Number(target.value)
          })
        }
      >
        <option value="">{trans.__('as drawn')}</option>
        {RESOLUTIONS.map(value => (
          <option key={value} value={value}>
            {trans.__('%1 dpi', value)}
          </option>
        ))}
      </HTMLSelect>
      <IconButton
        icon={refreshIcon}
        label={trans.__('Render again')}
        disabled={model.isBusy}
        onClick={() => void model.renderChosen()}
      />
    </>
  );
}

function Particulars({ model, trans }: Viewer.IProps): JSX.Element {
  const { figure } = model;
  const read = figure.bytes_read ?? null;
  const facts: [string, string][] = [
    [trans.__('Notebook'), figure.notebook ?? '–'],
    [trans.__('Drawn by'), `${figure.session} · ${figure.engine}`],
    [trans.__('Time'), new Date(figure.created * 1000).toLocaleString()],
    [
      trans.__('Size'),
      [
        figure.width > 0 ? `${figure.width} × ${figure.height}` : '',
        model.format.toUpperCase(),
        formatBytes(model.bytes)
      ]
        .filter(Boolean)
        .join(' · ')
    ],
    [trans.__('Took'), formatMilliseconds(figure.milliseconds)]
  ];
  if (read !== null) {
    facts.push([trans.__('Read'), formatBytes(read)]);
  }
  return (
    <dl className="jp-EmoutLab-Viewer-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="jp-EmoutLab-Truncated" title={value}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
