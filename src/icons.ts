import { LabIcon } from '@jupyterlab/ui-components';

import emoutSvg from '../style/icons/emout.svg';
import minusSvg from '../style/icons/minus.svg';

/**
 * A charged sphere inside two equipotential lines.
 */
export const emoutIcon = new LabIcon({
  name: 'emout-lab:emout',
  svgstr: emoutSvg
});

export const minusIcon = new LabIcon({
  name: 'emout-lab:minus',
  svgstr: minusSvg
});
