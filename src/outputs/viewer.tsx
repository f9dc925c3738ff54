import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { imageIcon, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { FigureImage } from '../components/figureimage';
import { IFigure } from '../tokens';
import { figureName } from './body';
import { OutputsModel } from './model';

/**
 * DOM id of the tab of a figure.
 */
export function viewerId(figure: IFigure): string {
  return `emout-lab-figure-${figure.id}`;
}

/**
 * A main-area tab with one picture in its own size.
 */
export function createViewer(options: {
  figure: IFigure;
  model: OutputsModel;
  trans: TranslationBundle;
}): MainAreaWidget {
  const { figure, model, trans } = options;
  const name = figureName(figure, trans);
  // The tab's own copy: the figure may leave the list while its tab is open.
  const image = model.manager
    .figureImage(figure.id)
    .then(blob => URL.createObjectURL(blob));
  const content = ReactWidget.create(
    <FigureImage
      load={() => image}
      alt={name}
      width={figure.width}
      height={figure.height}
    />
  );
  content.addClass('jp-EmoutLab-Viewer');
  const widget = new MainAreaWidget({ content });
  widget.id = viewerId(figure);
  widget.title.label = name;
  widget.title.icon = imageIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  widget.disposed.connect(() => {
    image.then(URL.revokeObjectURL).catch(() => undefined);
  });
  return widget;
}
