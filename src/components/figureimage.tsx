import * as React from 'react';

/**
 * A picture that has to be fetched first; keeps its place meanwhile.
 */
export function FigureImage(props: FigureImage.IProps): JSX.Element {
  const { load, alt, width, height } = props;
  const [source, setSource] = React.useState<string | null>(null);
  const [failure, setFailure] = React.useState<string | null>(null);
  React.useEffect(() => {
    let isWanted = true;
    setFailure(null);
    load().then(
      url => isWanted && setSource(url),
      reason =>
        isWanted &&
        setFailure(reason instanceof Error ? reason.message : String(reason))
    );
    return () => {
      isWanted = false;
    };
  }, [load]);
  const aspectRatio = width > 0 && height > 0 ? `${width} / ${height}` : 'auto';
  return (
    <span className="jp-EmoutLab-FigureImage" style={{ aspectRatio }}>
      {failure !== null && (
        <span className="jp-EmoutLab-FigureImage-failure">{failure}</span>
      )}
      {failure === null && source !== null && <img src={source} alt={alt} />}
    </span>
  );
}

export namespace FigureImage {
  export interface IProps {
    /** Gives the URL; keep it stable, a new function loads again. */
    load: () => Promise<string>;
    alt: string;
    /** Pixels; 0 where unknown. */
    width: number;
    height: number;
  }
}
