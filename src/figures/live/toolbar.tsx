import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, downloadIcon, HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../../components/hooks';
import { IconButton } from '../../components/iconbutton';
import {
  backIcon,
  forwardIcon,
  homeIcon,
  moveIcon,
  zoomAreaIcon
} from '../../icons';
import { LiveModel } from './model';
import { Tool } from './steering';
import { IColors } from './viewstate';

const NORMS = ['linear', 'log', 'symlog'] as const;

interface IProps {
  model: LiveModel;
  trans: TranslationBundle;
}

/**
 * The tools of a live figure, in the order that matplotlib's own toolbar has them.
 */
export function LiveToolbar(
  props: IProps & { onSave: () => void; onClose: () => void }
): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const isLive = model.status === 'connected';
  const isMovable = isLive && model.steering.current >= 0;
  const tool = (name: Tool) => () =>
    (model.steering.tool = model.steering.tool === name ? 'none' : name);
  return (
    <div
      className="jp-EmoutLab-Live-toolbar"
      role="toolbar"
      aria-label={trans.__('Live figure')}
    >
      <IconButton
        icon={homeIcon}
        label={trans.__('View as drawn')}
        disabled={!isMovable}
        onClick={() => model.steering.home()}
      />
      <IconButton
        icon={backIcon}
        label={trans.__('Previous view')}
        disabled={!isMovable || !model.view.canGoBack}
        onClick={() => model.steering.back()}
      />
      <IconButton
        icon={forwardIcon}
        label={trans.__('Next view')}
        disabled={!isMovable || !model.view.canGoForward}
        onClick={() => model.steering.forward()}
      />
      <IconButton
        icon={moveIcon}
        label={trans.__('Move')}
        disabled={!isMovable}
        isPressed={model.steering.tool === 'pan'}
        onClick={tool('pan')}
      />
      <IconButton
        icon={zoomAreaIcon}
        label={trans.__('Zoom to a rectangle')}
        disabled={!isMovable}
        isPressed={model.steering.tool === 'zoom'}
        onClick={tool('zoom')}
      />
      <IconButton
        icon={downloadIcon}
        label={trans.__('Save as shown')}
        disabled={!isLive}
        onClick={props.onSave}
      />
      <Colors model={model} trans={trans} />
      <span className="jp-EmoutLab-Live-space" />
      <IconButton
        icon={closeIcon}
        label={trans.__('End live view')}
        onClick={props.onClose}
      />
    </div>
  );
}

/** How the numbers of a map become colours; nothing where there is no map. */
function Colors({ model, trans }: IProps): JSX.Element | null {
  const { hello, steering } = model;
  const { current } = steering;
  const axes = hello?.axes.find(({ i }) => i === current);
  if (!axes?.map || hello?.kind !== 'numbers') {
    return null;
  }
  const colors = model.view.colors(current);
  const choose = (change: Partial<IColors>) =>
    model.steering.setColors(current, change);
  const isDisabled = model.status !== 'connected';
  return (
    <>
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Color map')}
        title={trans.__('Color map')}
        disabled={isDisabled}
        value={colors.cmap ?? ''}
        onChange={({ target }) => choose({ cmap: target.value || null })}
      >
        <option value="">{axes.cmap ?? trans.__('as drawn')}</option>
        {hello.cmaps
          .filter(name => name !== axes.cmap)
          .map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
      </HTMLSelect>
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Scale of the colors')}
        title={trans.__('Scale of the colors')}
        disabled={isDisabled}
        value={colors.norm ?? ''}
        onChange={({ target }) =>
          choose({ norm: NORMS.find(name => name === target.value) ?? null })
        }
      >
        <option value="">{axes.norm ?? trans.__('as drawn')}</option>
        {NORMS.filter(name => name !== axes.norm).map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </HTMLSelect>
    </>
  );
}
