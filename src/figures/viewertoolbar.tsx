import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import {
  HTMLSelect,
  ReactWidget,
  ToolbarButtonComponent
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { liveIcon } from '../icons';
import { offeredFormats } from './formats';
import { LiveSwitch } from './live/switch';
import { FigureTab } from './viewer';
import { RESOLUTIONS, ViewerModel } from './viewermodel';

/** Name of the toolbar in `schema/plugin.json`. */
export const VIEWER_TOOLBAR = 'Figure';

/**
 * Add what the toolbar of a figure's tab has beside commands.
 */
export function addViewerItems(
  registry: IToolbarWidgetRegistry,
  trans: TranslationBundle
): void {
  const add = (
    name: string,
    Item: (props: IItemProps) => JSX.Element,
    classes: string
  ) =>
    registry.addFactory<FigureTab>(VIEWER_TOOLBAR, name, ({ content }) => {
      const item = ReactWidget.create(
        <Item model={content.model} trans={trans} />
      );
      item.addClass(classes);
      return item;
    });
  registry.addFactory<FigureTab>(VIEWER_TOOLBAR, 'live', ({ content }) =>
    ReactWidget.create(<LiveButton live={content.live} trans={trans} />)
  );
  add('zoom', ZoomLabel, 'jp-EmoutLab-Viewer-zoom');
  add('format', FormatSelect, 'jp-EmoutLab-Viewer-choice');
  add('resolution', ResolutionSelect, 'jp-EmoutLab-Viewer-choice');
}

interface IItemProps {
  model: ViewerModel;
  trans: TranslationBundle;
}

function LiveButton(props: {
  live: LiveSwitch;
  trans: TranslationBundle;
}): JSX.Element {
  const { live, trans } = props;
  useSignal(live.changed);
  return (
    <ToolbarButtonComponent
      icon={liveIcon}
      tooltip={trans.__('Live')}
      pressed={live.isOn}
      enabled={live.canBeOn}
      onClick={() => live.toggle()}
    />
  );
}

function ZoomLabel({ model, trans }: IItemProps): JSX.Element {
  useSignal(model.changed);
  const { zoom } = model;
  return (
    <span>
      {zoom === null ? trans.__('fitted') : `${Math.round(100 * zoom)} %`}
    </span>
  );
}

function FormatSelect({ model, trans }: IItemProps): JSX.Element {
  useSignal(model.changed);
  return (
    <HTMLSelect
      className="jp-EmoutLab-Select"
      aria-label={trans.__('Format')}
      value={model.chosen.format}
      onChange={({ target }) =>
        (model.chosen = { ...model.chosen, format: target.value })
      }
    >
      {offeredFormats(model.figure.format).map(name => (
        <option key={name} value={name}>
          {name.toUpperCase()}
        </option>
      ))}
    </HTMLSelect>
  );
}

function ResolutionSelect({ model, trans }: IItemProps): JSX.Element {
  useSignal(model.changed);
  return (
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
  );
}
