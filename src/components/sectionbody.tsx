import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IConnection } from '../tokens';
import { Notice } from './notice';
import { Placeholder } from './placeholder';

/**
 * The frame every section shares: its list, or why there is none.
 *
 * A list that was loaded once stays while the connection is away; the panel's banner says that
 * it is.
 */
export function SectionBody(props: SectionBody.IProps): JSX.Element | null {
  const { trans, isLoaded, notice } = props;
  const { status } = props.connection;
  if (status === 'missing' || (!isLoaded && status === 'lost')) {
    return null;
  }
  if (!isLoaded) {
    return <Placeholder kind="loading" title={trans.__('Loading…')} />;
  }
  return (
    <>
      {notice && (
        <Notice trans={trans} message={notice} onDismiss={props.onDismiss} />
      )}
      {props.children}
    </>
  );
}

export namespace SectionBody {
  export interface IProps {
    trans: TranslationBundle;
    connection: IConnection;
    isLoaded: boolean;
    notice: string | null;
    onDismiss: () => void;
    children: React.ReactNode;
  }
}
