import { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { FIGURE_MIME_TYPE } from './bundle';
import { FigureRenderer } from './renderer';

/** Below the ranks of images, so that this renderer is preferred to theirs. */
const RANK = 0;

/**
 * Renders figures in notebooks; without it the plain image shows.
 */
const extension: IRenderMime.IExtension = {
  id: 'emout-lab:mime',
  description: 'Shows figures drawn by engines, with their particulars.',
  rendererFactory: {
    safe: true,
    mimeTypes: [FIGURE_MIME_TYPE],
    createRenderer: options => new FigureRenderer(options)
  },
  rank: RANK,
  dataType: 'json'
};

export default extension;
