import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './iconbutton';

/**
 * The last line of a row: its buttons, and what is told beside them.
 */
export function RowFoot<T>(props: RowFoot.IProps<T>): JSX.Element {
  return (
    <div className="jp-EmoutLab-Row-foot">
      {props.buttons.map(([icon, label, isEnabled, onClick]) => (
        <IconButton
          key={label}
          icon={icon}
          label={label}
          disabled={!isEnabled}
          onClick={() => onClick(props.item)}
        />
      ))}
      {props.children}
    </div>
  );
}

export namespace RowFoot {
  /** Icon, label, whether it can be used, and what it does with the item. */
  export type Button<T> = [LabIcon, string, boolean, (item: T) => void];

  export interface IProps<T> {
    item: T;
    buttons: Button<T>[];
    children?: React.ReactNode;
  }
}
