import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/**
 * A small button with an icon alone; its label is a tooltip and is read aloud.
 */
export function IconButton(props: IconButton.IProps): JSX.Element {
  const { icon: Icon, label } = props;
  return (
    <button
      type="button"
      className="jp-EmoutLab-IconButton"
      aria-label={label}
      title={label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon.react tag="span" />
    </button>
  );
}

export namespace IconButton {
  export interface IProps {
    icon: LabIcon;
    label: string;
    disabled?: boolean;
    onClick: () => void;
  }
}
