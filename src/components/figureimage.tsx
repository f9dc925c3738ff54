import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { told } from '../messages';
import { useSeen } from './hooks';

/**
 * A picture that is fetched once it comes into view; keeps its place meanwhile.
 */
export function FigureImage(props: FigureImage.IProps): JSX.Element {
  const { trans, alt, width, height } = props;
  const place = React.useRef<HTMLSpanElement>(null);
  const { source, failure } = usePicture(props, useSeen(place));
  const aspectRatio = width > 0 && height > 0 ? `${width} / ${height}` : 'auto';
  return (
    <span
      ref={place}
      className="jp-EmoutLab-FigureImage"
      style={{ aspectRatio }}
    >
      {failure !== null && (
        <span className="jp-EmoutLab-FigureImage-failure">
          {told(failure, trans)}
        </span>
      )}
      {failure === null && source !== null && (
        <img src={source} alt={alt} draggable={false} />
      )}
    </span>
  );
}

export namespace FigureImage {
  export interface IProps {
    trans: TranslationBundle;
    /** Gives the URL; keep it stable, a new function loads again. */
    load: () => Promise<string>;
    alt: string;
    /** Pixels; 0 where unknown. */
    width: number;
    height: number;
    /** Seconds after which it is worth trying again; keep it stable. */
    retryAfter?: (reason: unknown) => number | null;
    /** What stands in place of the picture until then. */
    waiting?: string;
  }
}

function usePicture(
  props: FigureImage.IProps,
  isSeen: boolean
): {
  source: string | null;
  failure: string | null;
} {
  const { load, retryAfter, waiting } = props;
  const [source, setSource] = React.useState<string | null>(null);
  const [failure, setFailure] = React.useState<string | null>(null);
  React.useEffect(() => {
    if (!isSeen) {
      return;
    }
    let isWanted = true;
    let timer = 0;
    const onFailure = (reason: unknown) => {
      const pause = retryAfter?.(reason) ?? null;
      if (!isWanted) {
        return;
      }
      if (pause === null) {
        setFailure(reason instanceof Error ? reason.message : String(reason));
      } else {
        setFailure(waiting ?? '');
        timer = window.setTimeout(fetch, 1000 * pause);
      }
    };
    const fetch = () => {
      load().then(url => {
        if (isWanted) {
          setSource(url);
          setFailure(null);
        }
      }, onFailure);
    };
    setFailure(null);
    fetch();
    return () => {
      isWanted = false;
      window.clearTimeout(timer);
    };
  }, [load, retryAfter, waiting, isSeen]);
  return { source, failure };
}
