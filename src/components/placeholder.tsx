import * as React from 'react';

/**
 * What stands in a section that has nothing to show: why, and what to do next.
 */
export function Placeholder(props: Placeholder.IProps): JSX.Element {
  const kind = props.kind ?? 'empty';
  return (
    <div className={`jp-EmoutLab-Placeholder jp-mod-${kind}`} role="status">
      <p className="jp-EmoutLab-Placeholder-title">{props.title}</p>
      {props.children && (
        <div className="jp-EmoutLab-Placeholder-detail">{props.children}</div>
      )}
      {props.onAction && (
        <button
          type="button"
          className="jp-EmoutLab-Button jp-mod-styled jp-mod-reject"
          onClick={props.onAction}
        >
          {props.actionLabel}
        </button>
      )}
    </div>
  );
}

export namespace Placeholder {
  export interface IProps {
    kind?: 'empty' | 'loading';
    title: string;
    children?: React.ReactNode;
    actionLabel?: string;
    onAction?: () => void;
  }
}
