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
      aria-pressed={props.isPressed}
      title={label}
      disabled={props.disabled}
      tabIndex={props.isReachable === false ? -1 : undefined}
      onClick={event => {
        // The row below it may react to clicks, too.
        event.stopPropagation();
        props.onClick();
      }}
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
    /** For a button that switches something on and off. */
    isPressed?: boolean;
    /** Whether the Tab key stops at it; it does unless this is false. */
    isReachable?: boolean;
    onClick: () => void;
  }
}
