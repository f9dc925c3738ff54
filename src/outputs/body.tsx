import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { FigureImage } from '../components/figureimage';
import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { baseName, formatBytes, formatMilliseconds } from '../format';
import { retryAfter } from '../services/request';
import { IFigure, IFiguresModel } from '../tokens';
import { OutputsModel } from './model';

/** One frame for pictures of all shapes keeps the rows of the gallery even. */
const THUMBNAIL = { width: 4, height: 3 };

/**
 * Thumbnails of the pictures that came back.
 */
export function OutputsBody(props: OutputsBody.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody
      trans={trans}
      connection={model.connection}
      isLoaded={model.isLoaded}
      notice={model.notice}
      onDismiss={() => (model.notice = null)}
    >
      {model.shown.length === 0 ? (
        <Placeholder title={trans.__('No figures yet.')}>
          {trans.__('Draw one with a %1 cell.', '%%remote_figure')}
        </Placeholder>
      ) : (
        <ul className="jp-EmoutLab-Gallery" aria-label={trans.__('Figures')}>
          {model.shown.map(figure => (
            <Thumbnail key={figure.id} {...props} figure={figure} />
          ))}
        </ul>
      )}
    </SectionBody>
  );
}

export namespace OutputsBody {
  export interface IProps extends OutputsModel.IActions {
    model: IFiguresModel;
    trans: TranslationBundle;
  }
}

function Thumbnail(
  props: OutputsBody.IProps & { figure: IFigure }
): JSX.Element {
  const { trans, model, figure } = props;
  const load = React.useCallback(
    () => model.image(figure.id),
    [model, figure.id]
  );
  const select = () => (model.selectedKey = figure.id);
  const name = figureName(figure, trans);
  const facts = [
    figure.format.toUpperCase(),
    formatBytes(figure.bytes),
    formatMilliseconds(figure.milliseconds)
  ].join(' · ');
  return (
    <li
      className="jp-EmoutLab-Gallery-item"
      data-figure={figure.id}
      onFocus={select}
      onContextMenu={select}
    >
      <button
        type="button"
        className="jp-EmoutLab-Gallery-button"
        aria-label={trans.__('Open %1 in a tab', name)}
        title={`${name}\n${figure.width} × ${figure.height}`}
        onClick={() => props.onOpen(figure)}
      >
        <FigureImage
          load={load}
          alt={name}
          retryAfter={retryAfter}
          waiting={trans.__(
            'The engine is busy; the picture comes when it can.'
          )}
          width={THUMBNAIL.width}
          height={THUMBNAIL.height}
        />
      </button>
      <div className="jp-EmoutLab-Gallery-actions">
        <IconButton
          icon={downloadIcon}
          label={trans.__('Save %1', name)}
          onClick={() => props.onSave(figure)}
        />
        <IconButton
          icon={closeIcon}
          label={trans.__('Remove %1 from the list', name)}
          onClick={() => void model.remove(figure)}
        />
      </div>
      <div className="jp-EmoutLab-Gallery-caption jp-EmoutLab-Truncated">
        {figure.notebook === null ? name : baseName(figure.notebook)}
      </div>
      <div className="jp-EmoutLab-Gallery-caption jp-EmoutLab-Truncated">
        {facts}
      </div>
    </li>
  );
}

/**
 * What to call a figure: its time, for people do not know its id.
 */
export function figureName(
  figure: Pick<IFigure, 'created'>,
  trans: TranslationBundle
): string {
  const time = new Date(figure.created * 1000).toLocaleTimeString();
  return trans.__('figure of %1', time);
}
