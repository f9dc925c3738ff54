import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IPartModel } from '../tokens';
import { Notice } from './notice';
import { Placeholder } from './placeholder';

/**
 * The frame every section shares: its list, or why there is none.
 *
 * A list that was loaded once stays while the connection is away; the panel's banner says that
 * it is.
 */
export function SectionBody(props: SectionBody.IProps): JSX.Element | null {
  const { trans, model } = props;
  const { isLoaded, notice } = model;
  const { status } = model.connection;
  if (status === 'missing' || (!isLoaded && status === 'lost')) {
    return null;
  }
  if (!isLoaded) {
    return <Placeholder kind="loading" title={trans.__('Loading…')} />;
  }
  return (
    <>
      {notice && (
        <Notice
          trans={trans}
          message={notice}
          onDismiss={() => (model.notice = null)}
        />
      )}
      {props.children}
    </>
  );
}

export namespace SectionBody {
  /** What a section tells of its list as a whole. */
  export type IModel = Pick<
    IPartModel<unknown>,
    'connection' | 'isLoaded' | 'notice'
  >;

  export interface IProps {
    trans: TranslationBundle;
    model: IModel;
    children: React.ReactNode;
  }
}
