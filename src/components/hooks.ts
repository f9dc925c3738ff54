import { ISignal } from '@lumino/signaling';
import { RefObject, useEffect, useReducer, useState } from 'react';
import { flushSync } from 'react-dom';

/**
 * Draw the component again whenever the signal is emitted.
 */
export function useSignal<S, A>(signal: ISignal<S, A>): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const slot = () => redraw();
    signal.connect(slot);
    // The model may have changed between drawing and this effect.
    redraw();
    return () => {
      signal.disconnect(slot);
    };
  }, [signal]);
}

/**
 * Draw the component again before whoever emits the signal goes on: what else it has changed comes
 * on the screen together with it.
 *
 * The signal must not be emitted while React draws.
 */
export function useSignalAtOnce<S, A>(signal: ISignal<S, A>): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const slot = () => flushSync(redraw);
    signal.connect(slot);
    return () => {
      signal.disconnect(slot);
    };
  }, [signal]);
}

/**
 * The time now in seconds since the epoch, renewed while `ticking`.
 */
export function useNow(intervalMs: number, ticking: boolean = true): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!ticking) {
      return;
    }
    setNow(Date.now() / 1000);
    const timer = window.setInterval(
      () => setNow(Date.now() / 1000),
      intervalMs
    );
    return () => window.clearInterval(timer);
  }, [intervalMs, ticking]);
  return now;
}

/**
 * Whether an element has come into view, or close to it; it stays so.
 */
export function useSeen(place: RefObject<Element>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || isSeen) {
      return;
    }
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        setSeen(true);
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [place, isSeen]);
  return isSeen;
}
