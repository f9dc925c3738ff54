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
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { Notice } from '../components/notice';
import { formatBytes, formatMilliseconds } from '../format';
import { fitIcon, minusIcon } from '../icons';
import { IFigure } from '../tokens';
import { figureName } from './body';
import { copyImage, fileName, saveBlob } from './save';
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
  const model = new ViewerModel(options);
  const content = ReactWidget.create(<Viewer model={model} trans={trans} />);
  content.addClass('jp-EmoutLab-Viewer');
  const widget = new MainAreaWidget({ content });
  widget.id = viewerId(figure.id);
  widget.title.label = figureName(figure, trans);
  widget.title.icon = imageIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  widget.disposed.connect(() => model.dispose());
  void model.load();
  return widget;
}

/**
 * What is in the tab.
 */
export function Viewer(props: Viewer.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const image = React.useRef<HTMLImageElement>(null);
  const seen = () =>
    image.current && image.current.naturalWidth > 0
      ? image.current.clientWidth / image.current.naturalWidth
      : 1;
  const { figure, source, zoom } = model;
  return (
    <>
      <ViewerBar {...props} seen={seen} />
      {model.failure !== null && (
        <Notice
          trans={trans}
          message={model.failure}
          actionLabel={trans.__('Retry')}
          onAction={() => void model.render({})}
        />
      )}
      <div
        className="jp-EmoutLab-Viewer-stage"
        data-fit={zoom === null}
        aria-busy={model.isBusy}
        tabIndex={0}
        role="region"
        aria-label={trans.__('Picture')}
        onWheel={event => {
          if (event.ctrlKey) {
            model.zoomBy(event.deltaY < 0 ? 1 : -1, seen());
          }
        }}
      >
        {source !== null && (
          <img
            ref={image}
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
  }
}

function zoomed({ width }: IFigure, zoom: number): string {
  return width > 0 ? `${Math.round(width * zoom)}px` : `${100 * zoom}%`;
}

function ViewerBar(props: Viewer.IProps & { seen: () => number }): JSX.Element {
  const { model, trans, seen } = props;
  const { zoom, figure } = model;
  const save = async () =>
    saveBlob(await model.file(), fileName(figure, model.format));
  return (
    <div
      className="jp-EmoutLab-Viewer-bar"
      role="toolbar"
      aria-label={trans.__('Figure')}
    >
      <IconButton
        icon={minusIcon}
        label={trans.__('Zoom out')}
        onClick={() => model.zoomBy(-1, seen())}
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
        onClick={() => model.zoomBy(1, seen())}
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
        onClick={() => void copyImage(model.source ?? '')}
      />
      <IconButton
        icon={downloadIcon}
        label={trans.__('Save as…')}
        disabled={model.source === null}
        onClick={() => void save()}
      />
    </div>
  );
}

function RenderAgain({ model, trans }: Viewer.IProps): JSX.Element {
  const { figure } = model;
  const formats = [...new Set([figure.format, ...FORMATS])];
  const [format, setFormat] = React.useState(figure.format);
  const [dpi, setDpi] = React.useState('');
  return (
    <>
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Format')}
        value={format}
        onChange={event => setFormat(event.target.value)}
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
        value={dpi}
        onChange={event => setDpi(event.target.value)}
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
        onClick={() =>
          void model.render({
            format,
            ...(dpi === '' ? {} : { dpi: Number(dpi) })
          })
        }
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
        formatBytes(figure.bytes)
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
