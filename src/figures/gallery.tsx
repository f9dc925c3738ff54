import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { FigureImage } from '../components/figureimage';
import { IconButton } from '../components/iconbutton';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { liveIcon } from '../icons';
import { retryAfter } from '../services/request';
import { IFigure, IFiguresModel } from '../tokens';
import { useSignal } from '../components/hooks';
import { dragFigure } from './drag';
import { FiguresModel } from './model';
import { figureFacts, figureName, figurePlace } from './names';

/** One frame for pictures of all shapes keeps the rows of the gallery even. */
const THUMBNAIL = { width: 4, height: 3 };

/**
 * Thumbnails of the figures that came back.
 */
export function Gallery(props: Gallery.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody trans={trans} model={model}>
      {model.shown.length === 0 ? (
        <Placeholder title={trans.__('No figures yet.')}>
          {trans.__('Draw one with a %1 cell.', '%%remote_figure')}
        </Placeholder>
      ) : (
        <ul className="jp-EmoutLab-Gallery" aria-label={trans.__('Figures')}>
          {model.shown.map(figure => (
            <GalleryItem key={figure.id} {...props} figure={figure} />
          ))}
        </ul>
      )}
    </SectionBody>
  );
}

export namespace Gallery {
  export interface IProps extends FiguresModel.IActions {
    model: IFiguresModel;
    trans: TranslationBundle;
  }
}

function GalleryItem(props: Gallery.IProps & { figure: IFigure }): JSX.Element {
  const { trans, model, figure } = props;
  const select = () => (model.selectedKey = figure.id);
  const [isLookedAt, setLookedAt] = React.useState(false);
  const name = figureName(figure, trans);
  return (
    <li
      className="jp-EmoutLab-Gallery-item"
      data-figure={figure.id}
      onFocus={() => {
        select();
        setLookedAt(true);
      }}
      onBlur={() => setLookedAt(false)}
      onPointerEnter={() => setLookedAt(true)}
      onPointerLeave={() => setLookedAt(false)}
      onContextMenu={select}
      onPointerDown={event => dragFigure(event.nativeEvent, figure)}
    >
      <button
        type="button"
        className="jp-EmoutLab-Gallery-button"
        aria-label={trans.__('Open %1 in a tab', name)}
        aria-describedby={factsId(figure)}
        title={`${name}\n${figureFacts(figure, trans)}`}
        onClick={() => props.onOpen(figure)}
      >
        <Picture {...props} name={name} isLookedAt={isLookedAt} />
      </button>
      <div className="jp-EmoutLab-Gallery-actions">
        <IconButton
          icon={liveIcon}
          label={trans.__('Show %1 live', name)}
          onClick={() => props.onLive(figure)}
        />
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
      <div className="jp-EmoutLab-Gallery-title jp-EmoutLab-Truncated">
        {name}
      </div>
      <div className="jp-EmoutLab-Gallery-caption jp-EmoutLab-Truncated">
        {figurePlace(figure)}
      </div>
      <span id={factsId(figure)} hidden>
        {figureFacts(figure, trans)}
      </span>
    </li>
  );
}

function Picture(
  props: Gallery.IProps & {
    figure: IFigure;
    name: string;
    isLookedAt: boolean;
  }
): JSX.Element {
  const { trans, model, figure, name } = props;
  // What moves does so only while somebody points at it.
  const isWhole = props.isLookedAt && model.isMoving(figure.id);
  const load = React.useCallback(
    () => (isWhole ? model.image(figure.id) : model.thumbnail(figure.id)),
    [model, figure.id, isWhole]
  );
  return (
    <FigureImage
      trans={trans}
      load={load}
      alt={name}
      retryAfter={retryAfter}
      waiting={trans.__('The engine is busy; the picture comes when it can.')}
      width={THUMBNAIL.width}
      height={THUMBNAIL.height}
    />
  );
}

function factsId({ id }: IFigure): string {
  return `emout-lab-facts-${id}`;
}
