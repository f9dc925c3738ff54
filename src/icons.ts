import { LabIcon } from '@jupyterlab/ui-components';

import actualSizeSvg from '../style/icons/actual-size.svg';
import cleaningSvg from '../style/icons/cleaning.svg';
import dashboardSvg from '../style/icons/dashboard.svg';
import deleteSvg from '../style/icons/delete.svg';
import downloadSvg from '../style/icons/download.svg';
import emoutSvg from '../style/icons/emout.svg';
import fitSvg from '../style/icons/fit.svg';
import logsSvg from '../style/icons/logs.svg';
import minusSvg from '../style/icons/minus.svg';
import previewSvg from '../style/icons/preview.svg';
import scaleSvg from '../style/icons/scale.svg';
import plotSvg from '../style/icons/plot.svg';
import sortSvg from '../style/icons/sort.svg';
import stopSvg from '../style/icons/stop.svg';
import tableSvg from '../style/icons/table.svg';
import backSvg from '../style/icons/back.svg';
import forwardSvg from '../style/icons/forward.svg';
import homeSvg from '../style/icons/home.svg';
import liveSvg from '../style/icons/live.svg';
import loopSvg from '../style/icons/loop.svg';
import moveSvg from '../style/icons/move.svg';
import pauseSvg from '../style/icons/pause.svg';
import playSvg from '../style/icons/play.svg';
import zoomAreaSvg from '../style/icons/zoom-area.svg';

/**
 * A charged sphere inside two equipotential lines.
 */
export const emoutIcon = new LabIcon({
  name: 'emout-lab:emout',
  svgstr: emoutSvg
});

// Lines of the weight that most of JupyterLab's small icons have: 2 of 24. Those of its icons
// that are solid (stop, delete, download) would shout among them.

/**
 * A broom: the one of JupyterLab is younger than the oldest that we support.
 */
export const cleaningIcon = new LabIcon({
  name: 'emout-lab:cleaning',
  svgstr: cleaningSvg
});

export const dashboardIcon = new LabIcon({
  name: 'emout-lab:dashboard',
  svgstr: dashboardSvg
});

export const deleteIcon = new LabIcon({
  name: 'emout-lab:delete',
  svgstr: deleteSvg
});

export const downloadIcon = new LabIcon({
  name: 'emout-lab:download',
  svgstr: downloadSvg
});

export const fitIcon = new LabIcon({
  name: 'emout-lab:fit',
  svgstr: fitSvg
});

export const logsIcon = new LabIcon({
  name: 'emout-lab:logs',
  svgstr: logsSvg
});

export const minusIcon = new LabIcon({
  name: 'emout-lab:minus',
  svgstr: minusSvg
});

export const previewIcon = new LabIcon({
  name: 'emout-lab:preview',
  svgstr: previewSvg
});

export const actualSizeIcon = new LabIcon({
  name: 'emout-lab:one-to-one',
  svgstr: actualSizeSvg
});

export const scaleIcon = new LabIcon({
  name: 'emout-lab:scale',
  svgstr: scaleSvg
});

export const stopIcon = new LabIcon({
  name: 'emout-lab:stop',
  svgstr: stopSvg
});

export const plotIcon = new LabIcon({
  name: 'emout-lab:plot',
  svgstr: plotSvg
});

export const sortIcon = new LabIcon({
  name: 'emout-lab:sort',
  svgstr: sortSvg
});

export const tableIcon = new LabIcon({
  name: 'emout-lab:table',
  svgstr: tableSvg
});

export const backIcon = new LabIcon({
  name: 'emout-lab:back',
  svgstr: backSvg
});

export const forwardIcon = new LabIcon({
  name: 'emout-lab:forward',
  svgstr: forwardSvg
});

export const homeIcon = new LabIcon({
  name: 'emout-lab:home',
  svgstr: homeSvg
});

export const liveIcon = new LabIcon({
  name: 'emout-lab:live',
  svgstr: liveSvg
});

export const loopIcon = new LabIcon({
  name: 'emout-lab:loop',
  svgstr: loopSvg
});

export const moveIcon = new LabIcon({
  name: 'emout-lab:move',
  svgstr: moveSvg
});

export const pauseIcon = new LabIcon({
  name: 'emout-lab:pause',
  svgstr: pauseSvg
});

export const playIcon = new LabIcon({
  name: 'emout-lab:play',
  svgstr: playSvg
});

export const zoomAreaIcon = new LabIcon({
  name: 'emout-lab:zoom-area',
  svgstr: zoomAreaSvg
});
