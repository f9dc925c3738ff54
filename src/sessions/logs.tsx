import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, listIcon, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Notice } from '../components/notice';
import { LogModel } from './logmodel';

/**
 * A main-area tab that follows the logs of a session.
 */
export function createLogs(
  options: LogModel.IOptions & { trans: TranslationBundle }
): MainAreaWidget<LogsWidget> {
  const { session, trans } = options;
  const content = new LogsWidget(new LogModel(options), trans);
  const widget = new MainAreaWidget({ content });
  widget.title.label = trans.__('Logs of %1', session);
  widget.title.icon = listIcon;
  widget.toolbar.node.setAttribute('aria-label', widget.title.label);
  return widget;
}

/**
 * The content of a tab with logs.
 */
export class LogsWidget extends ReactWidget {
  constructor(
    readonly model: LogModel,
    readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-EmoutLab-Logs');
  }

  dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
    }
  }

  protected onAfterShow(): void {
    this.model.isVisible = true;
  }

  protected onAfterHide(): void {
    this.model.isVisible = false;
  }

  protected onAfterAttach(
    msg: Parameters<ReactWidget['onAfterAttach']>[0]
  ): void {
    super.onAfterAttach(msg);
    this.model.isVisible = this.isVisible;
  }

  protected render(): JSX.Element {
    return <LogsBody model={this.model} trans={this.trans} />;
  }
}

/**
 * Which log is shown, for the toolbar.
 */
export function createLogSource({ model, trans }: LogsWidget): ReactWidget {
  return ReactWidget.create(<LogSource model={model} trans={trans} />);
}

interface IProps {
  model: LogModel;
  trans: TranslationBundle;
}

function LogSource({ model, trans }: IProps): JSX.Element {
  useSignal(model.changed);
  return (
    <HTMLSelect
      className="jp-EmoutLab-Select jp-EmoutLab-Logs-source"
      aria-label={trans.__('Log')}
      value={model.source ?? model.sources[0]?.id ?? ''}
      onChange={event => (model.source = event.target.value)}
    >
      {model.sources.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </HTMLSelect>
  );
}

/**
 * The text of a log; it stays at its end unless somebody scrolls up.
 */
export function LogsBody({ model, trans }: IProps): JSX.Element {
  useSignal(model.changed);
  const node = React.useRef<HTMLPreElement>(null);
  const isAtEnd = React.useRef(true);
  const { text } = model;
  React.useEffect(() => {
    if (node.current && isAtEnd.current) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  }, [text]);
  return (
    <>
      {model.failure !== null && (
        <Notice
          trans={trans}
          message={model.failure}
          actionLabel={trans.__('Retry')}
          onAction={() => model.retry()}
        />
      )}
      <pre
        ref={node}
        className="jp-EmoutLab-Logs-text"
        role="log"
        aria-label={trans.__('Log')}
        tabIndex={0}
        onScroll={({ currentTarget: pre }) => {
          isAtEnd.current =
            pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4;
        }}
      >
        {text || (model.failure === null ? trans.__('Nothing yet.') : '')}
      </pre>
    </>
  );
}
