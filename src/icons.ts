import { LabIcon } from '@jupyterlab/ui-components';

import actualSizeSvg from '../style/icons/actual-size.svg';
import cleaningSvg from '../style/icons/cleaning.svg';
import emoutSvg from '../style/icons/emout.svg';
import fitSvg from '../style/icons/fit.svg';
import minusSvg from '../style/icons/minus.svg';
import previewSvg from '../style/icons/preview.svg';
import scaleSvg from '../style/icons/scale.svg';

/**
 * A charged sphere inside two equipotential lines.
 */
export const emoutIcon = new LabIcon({
  name: 'emout-lab:emout',
  svgstr: emoutSvg
});

/**
 * A broom: the one of JupyterLab is younger than the oldest that we support.
 */
export const cleaningIcon = new LabIcon({
  name: 'emout-lab:cleaning',
  svgstr: cleaningSvg
});

export const minusIcon = new LabIcon({
  name: 'emout-lab:minus',
  svgstr: minusSvg
});

export const previewIcon = new LabIcon({
  name: 'emout-lab:preview',
  svgstr: previewSvg
});

export const fitIcon = new LabIcon({
  name: 'emout-lab:fit',
  svgstr: fitSvg
});

export const actualSizeIcon = new LabIcon({
  name: 'emout-lab:actual-size',
  svgstr: actualSizeSvg
});

export const scaleIcon = new LabIcon({
  name: 'emout-lab:scale',
  svgstr: scaleSvg
});
