import * as React from 'react';

/**
 * A coloured dot and the word for it, so that colour alone says nothing.
 */
export function StateDot(props: { state: string; label: string }): JSX.Element {
  return (
    <span className="jp-EmoutLab-State" data-state={props.state}>
      <span className="jp-EmoutLab-State-dot" aria-hidden="true" />
      {props.label}
    </span>
  );
}
