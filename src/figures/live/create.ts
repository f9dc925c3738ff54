import { TranslationBundle } from '@jupyterlab/translation';

import { fileName, saveBlob } from '../save';
import { LiveFigure } from './livefigure';
import { LiveSwitch } from './switch';

/**
 * The live view of a figure whose switch is on.
 */
export function createLiveFigure(
  live: LiveSwitch,
  options: Pick<
    LiveFigure.IOptions,
    'name' | 'source' | 'height' | 'isFitted'
  > & { trans: TranslationBundle }
): LiveFigure {
  const model = live.model!;
  return new LiveFigure({
    ...options,
    model,
    onClose: () => live.turnOff(),
    onSave: () =>
      void model.save(picture =>
        saveBlob(picture, fileName(live.figure, 'png'))
      )
  });
}
