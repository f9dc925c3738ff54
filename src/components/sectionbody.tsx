import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IConnection } from '../tokens';
import { Notice } from './notice';
import { Placeholder } from './placeholder';

const ENABLE_COMMAND = 'jupyter server extension enable emout_lab';

/**
 * The frame every section shares: its list, or why there is none.
 *
 * A list that was loaded once stays while the connection is away; it is then
 * marked as old instead of vanishing.
 */
export function SectionBody(props: SectionBody.IProps): JSX.Element {
  const { trans, connection, isLoaded } = props;
  if (connection.status === 'missing') {
    return <MissingExtension {...props} />;
  }
  if (!isLoaded && connection.status === 'lost') {
    return (
      <Placeholder
        kind="error"
        title={trans.__('The server cannot be reached.')}
        actionLabel={trans.__('Retry')}
        onAction={props.onRetry}
      >
        {connection.message}
      </Placeholder>
    );
  }
  if (!isLoaded) {
    return <Placeholder kind="loading" title={trans.__('Loading…')} />;
  }
  return (
    <>
      {connection.status === 'lost' && (
        <Notice
          trans={trans}
          message={connection.message}
          actionLabel={trans.__('Retry')}
          onAction={props.onRetry}
        />
      )}
      {props.notice && (
        <Notice
          trans={trans}
          message={props.notice}
          onDismiss={props.onDismiss}
        />
      )}
      {props.children}
    </>
  );
}

function MissingExtension(props: SectionBody.IProps): JSX.Element {
  const { trans } = props;
  return (
    <Placeholder
      kind="error"
      title={props.connection.message}
      actionLabel={trans.__('Retry')}
      onAction={props.onRetry}
    >
      {props.explains && (
        <>
          <p>{trans.__('Enable it, then restart JupyterLab:')}</p>
          <code className="jp-EmoutLab-Command">{ENABLE_COMMAND}</code>
        </>
      )}
    </Placeholder>
  );
}

export namespace SectionBody {
  export interface IProps {
    trans: TranslationBundle;
    connection: IConnection;
    isLoaded: boolean;
    notice: string | null;
    onRetry: () => void;
    onDismiss: () => void;
    /** Whether this section tells how to enable the server extension; one of four does. */
    explains?: boolean;
    children: React.ReactNode;
  }
}
