import * as React from 'react';

/**
 * A labelled control of a form with its error beside it.
 *
 * The control is given the ids that tie label and error to it.
 */
export function Field(props: Field.IProps): JSX.Element {
  const id = React.useId();
  const errorId = `${id}-error`;
  return (
    <div className="jp-EmoutLab-Field" data-invalid={Boolean(props.error)}>
      <label className="jp-EmoutLab-Field-label" htmlFor={id}>
        {props.label}
      </label>
      {props.children({
        id,
        'aria-invalid': Boolean(props.error),
        'aria-describedby': props.error ? errorId : undefined
      })}
      {props.error && (
        <span id={errorId} className="jp-EmoutLab-Field-error" role="alert">
          {props.error}
        </span>
      )}
      {props.hint && !props.error && (
        <span className="jp-EmoutLab-Field-hint" title={props.hint}>
          {props.hint}
        </span>
      )}
    </div>
  );
}

export namespace Field {
  export interface IControl {
    id: string;
    'aria-invalid': boolean;
    'aria-describedby': string | undefined;
  }

  export interface IProps {
    label: string;
    error?: string;
    hint?: string;
    children: (control: IControl) => React.ReactNode;
  }
}
