import { closeIcon } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { told } from '../messages';
import { IconButton } from './iconbutton';

/**
 * One line about something that went wrong, above a list that is still valid.
 */
export function Notice(props: Notice.IProps): JSX.Element {
  return (
    <div
      className={`jp-EmoutLab-Notice jp-mod-${props.kind ?? 'warning'}`}
      role="alert"
    >
      <div className="jp-EmoutLab-Notice-text">
        {told(props.message, props.trans)}
        {props.children}
      </div>
      {props.onAction && (
        <button
          type="button"
          className="jp-EmoutLab-Notice-action"
          onClick={props.onAction}
        >
          {props.actionLabel}
        </button>
      )}
      {props.onDismiss && (
        <IconButton
          icon={closeIcon}
          label={props.trans.__('Dismiss')}
          onClick={props.onDismiss}
        />
      )}
    </div>
  );
}

export namespace Notice {
  export interface IProps {
    trans: TranslationBundle;
    kind?: 'warning' | 'error';
    message: string;
    /** What can be done about it. */
    children?: React.ReactNode;
    actionLabel?: string;
    onAction?: () => void;
    onDismiss?: () => void;
  }
}
