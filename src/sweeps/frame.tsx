import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Notice } from '../components/notice';
import { Placeholder } from '../components/placeholder';
import { sweepName } from './model';
import { SweepTableModel } from './tablemodel';

/**
 * A main-area tab about a sweep, which bears the sweep's name as soon as that is known.
 */
export function createSweepTab<T extends Widget>(options: {
  content: T;
  table: SweepTableModel;
  icon: LabIcon;
  /** What the tab is called. */
  titleOf: (name: string) => string;
}): MainAreaWidget<T> {
  const { content, table, icon, titleOf } = options;
  const tab = new MainAreaWidget({ content });
  tab.title.icon = icon;
  // What can be chosen stands in the content, beside what it is about.
  tab.toolbar.hide();
  const name = () => {
    const { sweep } = table;
    if (sweep !== null || tab.title.label === '') {
      tab.title.label = titleOf(
        sweep ? sweepName(sweep) : table.id.slice(0, 8)
      );
    }
  };
  name();
  table.changed.connect(name);
  return tab;
}

/**
 * What stands in the place of results that are not there, or above those that could not be renewed.
 */
export function SweepState(props: {
  table: SweepTableModel;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { table, trans } = props;
  useSignal(table.changed);
  const { data, failure, isLoaded, sweep } = table;
  if (failure !== null) {
    return (
      <Notice
        trans={trans}
        message={failure}
        actionLabel={trans.__('Retry')}
        onAction={() => table.retry()}
      />
    );
  }
  if (data.count > 0) {
    return null;
  }
  return isLoaded ? (
    <Placeholder title={trans.__('No results yet.')}>
      {sweep !== null && trans._n('%1 point', '%1 points', sweep.total)}
    </Placeholder>
  ) : (
    <Placeholder kind="loading" title={trans.__('Loading…')} />
  );
}
