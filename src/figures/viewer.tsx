import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { imageIcon, ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Notice } from '../components/notice';
import { formatBytes, formatMilliseconds } from '../format';
import { IFigureView } from '../tokens';
import { createLiveFigure } from './live/create';
import { LiveFigure } from './live/livefigure';
import { LiveSwitch } from './live/switch';
import { figureName } from './names';
import { PanZoom, ZOOM_STEP } from './panzoom';
import { fileName, saveBlob } from './save';
import { ViewerModel } from './viewermodel';

/** A tab with one figure. */
export type FigureTab = MainAreaWidget<FigureViewer>;

/**
 * DOM id of the tab of a figure.
 */
export function viewerId(id: string): string {
  return `emout-lab-figure-${id}`;
}

/**
 * A main-area tab with one figure: its picture and its particulars.
 */
export function createViewer(
  options: ViewerModel.IOptions & { trans: TranslationBundle }
): FigureTab {
  const { figure, trans } = options;
  const content = new FigureViewer(
    new ViewerModel(options),
    new LiveSwitch(options),
    trans
  );
  const widget = new MainAreaWidget({ content });
  widget.id = viewerId(figure.id);
  widget.title.label = figureName(figure, trans);
  widget.title.icon = imageIcon;
  widget.title.closable = true;
  widget.addClass('jp-EmoutLab-FigureTab');
  widget.toolbar.node.setAttribute('aria-label', trans.__('Figure'));
  void content.model.load();
  return widget;
}

/**
 * The content of a figure's tab.
 */
export class FigureViewer extends ReactWidget implements IFigureView {
  constructor(
    readonly model: ViewerModel,
    readonly live: LiveSwitch,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-EmoutLab-Viewer');
  }

  get zoom(): number | null {
    return this.model.zoom;
  }
  set zoom(zoom: number | null) {
    if (this._pane) {
      this._pane.zoom = zoom;
    } else {
      this.live.model?.steering.home();
    }
  }

  zoomBy(steps: number): void {
    const steering = this.live.model?.steering;
    if (steering === undefined) {
      this._pane?.zoomBy(steps);
    } else if (steering.current >= 0) {
      steering.zoom(steering.current, ZOOM_STEP ** steps);
      steering.keep();
    }
  }

  renderAgain(): Promise<void> {
    return this.model.renderChosen();
  }

  copy(): Promise<void> {
    return this.model.copy();
  }

  save(): Promise<void> {
    const { figure, model } = this.live;
    return model === null
      ? this.model.save()
      : model.save(picture => saveBlob(picture, fileName(figure, 'png')));
  }

  dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.live.dispose();
      this.model.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <Viewer
        model={this.model}
        live={this.live}
        trans={this._trans}
        onPane={this._setPane}
      />
    );
  }

  protected onActivateRequest(): void {
    this.node
      .querySelector<HTMLElement>(
        '.jp-EmoutLab-Live-stage, .jp-EmoutLab-Viewer-stage'
      )
      ?.focus();
  }

  private _setPane = (pane: PanZoom | null): void => {
    this._pane = pane;
  };

  /** Zooms and moves the picture; null while there is none. */
  private _pane: PanZoom | null = null;
}

/**
 * What is in the tab.
 */
export function Viewer(props: Viewer.IProps): JSX.Element {
  const { model, live, trans } = props;
  useSignal(model.changed);
  useSignal(live.changed);
  return (
    <>
      {live.reason !== '' && <Notice trans={trans} message={live.reason} />}
      {model.failure !== null && (
        <Notice
          trans={trans}
          message={model.failure}
          actionLabel={trans.__('Retry')}
          onAction={() => void model.retry()}
        />
      )}
      {live.isOn ? <LiveView {...props} /> : <Stage {...props} />}
      <Particulars {...props} />
    </>
  );
}

export namespace Viewer {
  export interface IProps {
    model: ViewerModel;
    live: LiveSwitch;
    trans: TranslationBundle;
    /** Given what zooms and moves the picture, and null when it is gone; keep it stable. */
    onPane: (pane: PanZoom | null) => void;
  }
}

function Stage({ model, trans, onPane }: Viewer.IProps): JSX.Element {
  const frame = React.useRef<HTMLDivElement>(null);
  const image = React.useRef<HTMLImageElement>(null);
  const { figure, source } = model;
  React.useEffect(() => {
    if (frame.current === null || image.current === null) {
      return;
    }
    const pane = new PanZoom({
      frame: frame.current,
      image: image.current,
      width: figure.width,
      onZoom: zoom => (model.zoom = zoom)
    });
    onPane(pane);
    return () => {
      onPane(null);
      pane.dispose();
    };
  }, [model, figure.width, onPane]);
  return (
    <div
      ref={frame}
      className="jp-EmoutLab-Viewer-stage"
      aria-busy={model.isBusy}
      tabIndex={0}
      role="region"
      aria-label={trans.__('Picture')}
    >
      <img
        ref={image}
        hidden={source === null}
        src={source ?? undefined}
        alt={figureName(figure, trans)}
        draggable={false}
      />
    </div>
  );
}

/** The live view, as large as fits. */
function LiveView({ model, live, trans }: Viewer.IProps): JSX.Element {
  const place = React.useRef<HTMLDivElement>(null);
  const isOn = live.isOn;
  React.useEffect(() => {
    if (place.current === null || !isOn) {
      return;
    }
    const view: LiveFigure = createLiveFigure(live, {
      name: figureName(model.figure, trans),
      source: model.source ?? '',
      isFitted: true,
      trans
    });
    Widget.attach(view, place.current);
    return () => {
      if (view.isAttached) {
        Widget.detach(view);
      }
      view.dispose();
    };
  }, [model, live, isOn, trans]);
  return <div ref={place} className="jp-EmoutLab-Viewer-live" />;
}

function Particulars({ model, trans }: Viewer.IProps): JSX.Element {
  const { figure } = model;
  const read = figure.bytes_read ?? null;
  const facts: [string, string][] = [
    [
      trans.__('Notebook'),
      [figure.notebook ?? '–', figure.cell].filter(Boolean).join(' · ')
    ],
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
