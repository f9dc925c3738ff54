/**
 * Names of all commands; `schema/plugin.json` binds keys and the notebook's button to some.
 */
export const CommandIDs = {
  showPanel: 'emout-lab:show-panel',
  refresh: 'emout-lab:refresh',
  startSession: 'emout-lab:start-session',
  /*
   * What a command is about, where no argument says it, is the only thing there is or what the
   * user chooses. With `selected: true` it is what was last clicked in the panel.
   */
  /** Arguments: `name`. */
  stopSession: 'emout-lab:stop-session',
  /** Arguments: `name`, `jobs`; the user is asked. */
  scaleSession: 'emout-lab:scale-session',
  /** Arguments: `name`. */
  showLogs: 'emout-lab:show-logs',
  /** Arguments: `name`. */
  openDashboard: 'emout-lab:open-dashboard',
  /** Arguments: `search`, the part of an address that says which tab. */
  openAddress: 'emout-lab:open-address',
  /** Arguments: `name`. */
  useSession: 'emout-lab:use-session',
  interrupt: 'emout-lab:interrupt-engine',
  /** Arguments: `session` and `engine`. */
  restartEngine: 'emout-lab:restart-engine',
  /** Arguments: `notebook` and `scope`. */
  clearScope: 'emout-lab:clear-scope',
  /** Arguments: `expression`; else of the selected object. */
  copyAsCode: 'emout-lab:copy-as-code',
  /** Arguments: `expression`; else of the selected object. */
  insertObject: 'emout-lab:insert-object',
  dropObject: 'emout-lab:drop-object',
  previewObject: 'emout-lab:preview-object',
  sortObjects: 'emout-lab:sort-objects',
  filterObjects: 'emout-lab:filter-objects',
  /** Arguments: `figure` and `source`. */
  openFigure: 'emout-lab:open-figure',
  /** Arguments: `figure`. */
  openLive: 'emout-lab:open-live-figure',
  /** Arguments: `figure`. */
  saveFigure: 'emout-lab:save-figure',
  /** Arguments: `figure`. */
  insertFigure: 'emout-lab:insert-figure',
  removeFigure: 'emout-lab:remove-figure',
  clearFigures: 'emout-lab:clear-figures',
  /** Arguments: `id`. */
  openSweepTable: 'emout-lab:open-sweep-table',
  /** Arguments: `id`. */
  openSweepPlot: 'emout-lab:open-sweep-plot',
  /** Arguments: `id`. */
  copySweepError: 'emout-lab:copy-sweep-error',
  /** Arguments: `id`. */
  cancelSweep: 'emout-lab:cancel-sweep',
  /** Arguments: `id`. */
  retrySweep: 'emout-lab:retry-sweep',
  /** Arguments: `id`. */
  removeSweep: 'emout-lab:remove-sweep',
  zoomIn: 'emout-lab:zoom-in',
  zoomOut: 'emout-lab:zoom-out',
  actualSize: 'emout-lab:actual-size',
  fitFigure: 'emout-lab:fit-figure',
  renderFigure: 'emout-lab:render-figure',
  copyFigure: 'emout-lab:copy-figure',
  saveViewed: 'emout-lab:save-viewed-figure',
  insertFigureCell: 'emout-lab:insert-figure-cell'
} as const;

/** The commands that the palette shows, in its order. */
export const PALETTE_COMMANDS: readonly string[] = [
  CommandIDs.showPanel,
  CommandIDs.startSession,
  CommandIDs.stopSession,
  CommandIDs.scaleSession,
  CommandIDs.showLogs,
  CommandIDs.openDashboard,
  CommandIDs.useSession,
  CommandIDs.insertFigureCell,
  CommandIDs.interrupt,
  CommandIDs.restartEngine,
  CommandIDs.previewObject,
  CommandIDs.copyAsCode,
  CommandIDs.insertObject,
  CommandIDs.dropObject,
  CommandIDs.clearScope,
  CommandIDs.sortObjects,
  CommandIDs.filterObjects,
  CommandIDs.openFigure,
  CommandIDs.openLive,
  CommandIDs.saveFigure,
  CommandIDs.insertFigure,
  CommandIDs.removeFigure,
  CommandIDs.clearFigures,
  CommandIDs.zoomIn,
  CommandIDs.zoomOut,
  CommandIDs.actualSize,
  CommandIDs.fitFigure,
  CommandIDs.renderFigure,
  CommandIDs.copyFigure,
  CommandIDs.openSweepTable,
  CommandIDs.openSweepPlot,
  CommandIDs.copySweepError,
  CommandIDs.cancelSweep,
  CommandIDs.retrySweep,
  CommandIDs.removeSweep,
  CommandIDs.refresh
];
