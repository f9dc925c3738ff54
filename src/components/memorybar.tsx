import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatBytes } from '../format';

const WARN_AT = 0.8;
const DANGER_AT = 0.95;

/**
 * Memory of a process: what is used of its limit, the shares of objects and
 * figures marked.
 */
export function MemoryBar(props: MemoryBar.IProps): JSX.Element {
  const { trans, used, limit, objects, figures } = props;
  const full = limit > 0 ? limit : Math.max(used, 1);
  const usedShare = Math.min(1, used / full);
  const objectShare = Math.min(usedShare, objects / full);
  // What figures share with objects counts in both.
  const figureShare = Math.min(usedShare - objectShare, figures / full);
  const text =
    limit > 0
      ? trans.__('%1 of %2', formatBytes(used), formatBytes(limit))
      : formatBytes(used);
  const detail = [
    trans.__('objects %1', formatBytes(objects)),
    trans.__('figures %1', formatBytes(figures))
  ].join(' · ');
  return (
    <div className="jp-EmoutLab-Memory">
      <div
        className="jp-EmoutLab-Memory-bar"
        role="meter"
        aria-label={trans.__('Memory')}
        aria-valuemin={0}
        aria-valuemax={full}
        aria-valuenow={Math.min(used, full)}
        aria-valuetext={`${text}, ${detail}`}
        data-level={level(limit > 0 ? usedShare : 0)}
      >
        <span
          className="jp-EmoutLab-Memory-used"
          style={{ width: `${100 * usedShare}%` }}
        />
        <span
          className="jp-EmoutLab-Memory-objects"
          style={{ width: `${100 * objectShare}%` }}
        />
        <span
          className="jp-EmoutLab-Memory-figures"
          style={{
            left: `${100 * objectShare}%`,
            width: `${100 * figureShare}%`
          }}
        />
      </div>
      <div className="jp-EmoutLab-Row-detail">
        <span>{text}</span>
        <span className="jp-EmoutLab-Truncated" title={detail}>
          {detail}
        </span>
      </div>
    </div>
  );
}

function level(share: number): string {
  return share >= DANGER_AT ? 'danger' : share >= WARN_AT ? 'warn' : 'normal';
}

export namespace MemoryBar {
  /** Bytes; a limit of 0 means that there is none. */
  export interface IProps {
    trans: TranslationBundle;
    used: number;
    limit: number;
    objects: number;
    figures: number;
  }
}
