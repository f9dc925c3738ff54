/*
 * What the server says in English, as keys of translations: %1 stands for a value.
 *
 * Each is a text of the Python package with its values taken out; tests/server/test_panel_messages.py
 * finds those that nobody says (any more).
 */

/**
 * What may stand beside other remarks, with "; " between them; no value in one has that.
 */
export const REMARKS: readonly string[] = [
  // Jobs, as the queue tells of them.
  'job %1 is %2',
  'job %1 is %2 (%3)',
  'job %1 is %2, estimated start %3',
  'job %1 is %2 (%3), estimated start %4',
  'job %1 is %2 on %3',
  'job %1 is %2 on %3 (%4)',
  'job %1 is no longer known to the queue',
  'job %1 ended: %2',
  'job %1 ended: %2 (%3)',
  'job %1 could not be renewed: %2',
  'its walltime %1 is over',
  "the host's own %1",
  "the host's own job %1 was cancelled, or its walltime is over (%2)",

  // A session's host and workers.
  'its host is being started',
  'its worker is being started',
  'its workers are being started',
  'worker being started',
  'workers being started',
  'its worker went away (killed, or the node does not answer)',
  'its workers went away (killed, or the node does not answer)',
  'its host failed: %1',
  'its host (%1) is gone; see %2',
  'its host (%1) has not been heard of for %2 s',
  'its host (%1) has not answered since %2: %3. It may come back; to end it: emout-lab server stop --name %4',
  'it is frozen (stopped by a signal or a debugger)',
  'it hangs, or it cannot write its state',
  'its host has not answered since %1: frozen, cut off or very busy',
  'process %1 on %2',
  'host in a job that waits',
  'engine %1 is being restarted',
  'engine %1 has not answered since %2: busy with something that cannot be looked into, or stopped. What helps: emout-lab server restart %3',
  'engines %1 have not answered since %2: busy with something that cannot be looked into, or stopped. What helps: emout-lab server restart %3',
  'its certificates were valid until %1 UTC, so new workers and notebooks cannot join: stop the session and start it again',
  "this machine's clock says %1 UTC, and its certificates are valid from %2 on, so new workers and notebooks cannot join: set the clock, or stop the session and start it again",
  'its certificates are damaged or gone, so new workers and notebooks cannot join, and cannot be written anew: %1',
  '%1 (its copy is read instead)',

  // The states of sessions, where a message names one.
  'starting',
  'queued',
  'running',
  'unresponsive',
  'stopping',
  'stopped',
  'failed',

  // Files of sessions.
  '%1 is damaged: %2',
  '%1 is damaged: it is empty',
  '%1 is damaged: it holds no JSON object',
  '%1 is damaged: it is no JSON (%2)',
  '%1 is damaged: it is no regular file',
  '%1 is damaged: it has %2 bytes',
  '%1 belongs to user id %2, not to you',
  '%1 can be written by others (mode %2)',
  '%1 cannot be read: %2',

  // Why a live figure goes as pictures.
  'the frames of an animation are drawn as pictures',
  'nothing is drawn',
  'a map over something else is drawn as a picture',
  'a map over other axes is drawn as a picture',
  'a map over a coloured part of the figure is drawn as a picture',
  'axes of the kind %1 are drawn as pictures',
  'axes with the scales %1, %2 are drawn as pictures',
  'axes whose limits follow from their shape are drawn as pictures',
  'lines, points, contours and the like are drawn as pictures',
  'several maps in one axes are drawn as pictures',
  'a logarithmic colour scale needs limits above zero',
  'a %1 is drawn as a picture',
  'a picture of colours is no map of values',
  'an image with the interpolation %1 is drawn as a picture',
  'an image on a logarithmic axis is drawn as a picture',
  'shading between the corners of a mesh is drawn as a picture',
  'a mesh whose lines are not straight is drawn as a picture',
  'a mesh with lines between its cells is drawn as a picture',
  'a map without cells is drawn as a picture',
  'values of the type %1 are drawn as a picture',
  'cells of different opacity are drawn as a picture',
  'a map that is turned or moved is drawn as a picture',
  'a map that is cut by a path is drawn as a picture',
  'a map that is cut by a box is drawn as a picture',
  'a map with effects is drawn as a picture'
];

/**
 * What stands alone, or in the place of a value of another message.
 */
export const MESSAGES: readonly string[] = [
  // How to go on.
  "Start one with 'emout-lab server start' in a terminal, or with Start session in the emout_lab sidebar of JupyterLab.",
  '%1 It has no engine yet, or not again; try when it runs.',
  '%1 Start a new one.',
  'Log in to %1 and run: emout-lab server stop --name %2',
  "Unexpected error; the server's log has the traceback.",

  // Sessions: starting, scaling, stopping, reaching.
  'Session %1 is %2.',
  'Session %1 is %2: %3.',
  'Session %1 is %2: %3. Its logs are in %4/logs. %5',
  '%1. Last lines of its log: %2',
  'The %1 backend refused: %2',
  '%1\nNo SLURM answers on this machine; to run here: --backend local',
  "The host's job was refused: %1",
  'The scheduler did not start: %1',
  "backend %1 needs %2, which is not on the PATH of this machine. Load the queue system's module or log in to a node that has it, or use backend 'local'.",
  '%1 is of another program or version (emout?). Stop that session there, or remove its folder: rm -r %2',
  'Session %1 still answers at %2, although its host (%3) has not written its state for long: is the disk full there? Use it, or log in to %4 and run: emout-lab server stop --name %5',
  "Session %1 is %2 already (since %3, %4). Use it, stop it with 'emout-lab server stop --name %5', or choose another name.",
  "Session %1 is active already. Use it, stop it with 'emout-lab server stop --name %2', or allow a second one: --allow-multiple (allow_multiple=True).",
  'Session %1 was stopped by somebody while it started.',
  'Session %1 did not start: %2',
  'Session %1 did not start within %2 s and was stopped. Is this machine very busy? Allow more time with timeout=.',
  'its host died. Last lines of its log:\n%1',
  'Session %1 was stopped meanwhile. %2',
  'Session %1 is still starting; scale it in a moment.',
  'Session %1 has not got %2 jobs accepted within %3 s; it may still do so, or its queue hangs. See: emout-lab server status',
  'Session %1 did not stop in %2 s. %3',
  'The host of session %1 (process %2) cannot be killed; it may hang in a dead file system.',
  'The host of session %1 runs on %2 and cannot be reached from here (%3). %4',
  'No session runs.',
  'No session %1 runs.',
  'There are: %1.',
  'Session %1 did not answer within %2 s: its host or its engines are busy or stuck. See: emout-lab server status %3',
  'Session %1 cannot be reached at %2: %3. Stop it and start a new one.',
  'Session %1 does not answer at %2 (%3). %4Its host is process %5 on %6; see its log %7/logs/host.log. %8',
  'The certificates of session %1 are missing (%2). %3',
  'Session %1 is still %2%3; its scheduler is not up yet. Try again in a moment, or see: emout-lab server status',
  'session %1 does not answer%2: its host is stopped or overloaded. `emout-lab server status` tells more.',
  'No port of %1 to %2 is free on %3. Set EMOUT_DASK_SCHED_PORT to a free one, or stop a session: emout-lab server stop',
  'The state of session %1 is not written after %2 s: does the file system of %3 hang?',
  "%1. If a host of session %2 lives, it writes its state anew within seconds: look again. If none does (no process 'emout_lab.sessions', no job of it): rm -r %3",
  '%1 cannot be read: %2. Sessions that run go on; check the permissions of the folder and whether its file system answers.',
  'Another start or stop holds %1 and does not let it go. See what it does: fuser %2',
  'Cannot lock %1: %2. Check the disk quota and whether the file system can be written, or set EMOUT_LAB_HOME to another folder that all nodes share.',

  // What the queue's programs say.
  '%1 failed (exit code %2): %3',
  '%1 was not run: %2',
  "%1 is not on the PATH of this machine; is SLURM's module loaded?",
  '%1 did not answer within %2 s; is slurmctld down?',
  '%1 cannot be run: %2',
  'SLURM does not answer: %1',
  'SLURM has not answered yet',
  'sbatch is not on the PATH of this machine',
  'SLURM_CONF names %1, which does not exist',

  // What the start form refuses.
  'backend %1 is unknown; choose one of %2',
  'backend %1 (%2) cannot be loaded: %3',
  'partition %1 is not a partition name; see: sinfo',
  'host %1 is unknown; choose one of %2',
  "host 'job' needs the slurm backend, not %1; use host 'login'",
  'renew needs the slurm backend, which tells when jobs end, not %1',
  'processes %1 is more than cores %2; give each process a core at least',
  'memory %1 is too little for %2 processes: each needs 256M to start',
  'memory %1 is not a size with its unit; write for example 60G or 2000M',
  'memory %1 is not a size; write for example 60G or 2000M',
  'memory %1 is too small: a worker needs 256M to start; write for example 2G',
  '%1 %2 is not a whole number from 1 to %3; write for example 1',
  '%1 must be a list of single lines, without line breaks and other control characters, not %2; write each line as an entry of its own',
  '%1 has an empty line; leave it out',
  '%1: %2 cannot be filled in ({%3} is unknown); known are %4. For braces that stay write {{%5}}.',
  'profile %1 is unknown; there are %2 and %3. Profiles stand in: %4',
  'Profiles in %1 cannot be read: %2.',
  'Profiles in %1 are not valid YAML: %2',
  'Profile %1 in %2 has unknown keys: %3. Known are: %4.',

  // Engines.
  'Session %1 has no worker %2. Its workers: %3.',
  'The session has no engine %1. Its engines: %2.',
  'Engine %1 of session %2 does not answer: busy with something that cannot be looked into, short of memory, or stopped. Shown is the last that is known. Where waiting does not help, Restart engine does.',
  'Engines %1 of session %2 do not answer: busy with something that cannot be looked into, short of memory, or stopped. Shown is the last that is known. Where waiting does not help, Restart engine does.',
  'Engine %1 on %2 was ended, but no new one has come within %3 s. See: emout-lab server logs',
  'Engine %1 on %2 has no nanny that would start it again (dask worker --no-nanny). End its process there by hand, and start a worker in its place.',
  'Engine %1 on %2 cannot be ended: %3',
  'Session %1 does not answer, so that engine %2 cannot be restarted: its host is frozen, cut off or very busy (%3). See: emout-lab server status %4',
  'no answer in time',
  'The nanny of engine %1 on %2 does not answer either: the node or the job hangs. Cancel the job, then bring the session to its number of jobs again (emout-lab server scale); that replaces it.',
  'engine %1 does not know %2; it knows %3. Where another version of emout_lab started the session, start it again.',

  // Objects, figures, logs and the dashboard.
  'No engine of session %1 has an object %2: it was dropped, or its scope was closed.',
  'Session %1 has no object of notebook %2 in %3: the scope was closed, or its objects were dropped.',
  'Session %1 keeps more objects than the panel shows: %2 older ones are not listed. A loop that keeps every result does that; drop what is not needed (`del`, or a `remote_scope` around the loop).',
  'Object %1 has no preview: only arrays of one or two dimensions have one, whose values are numbers and need not be computed first.',
  'Figure %1 cannot be drawn again, its engine does not answer: %2',
  'There is no figure %1: its session has stopped, or newer figures have taken its place. Run its cell again.',
  "figure %1 is no longer in the engine's gallery: it was cleared, or has made room for newer ones (the last %2 are kept, in %3 at most; setting figure_share). Run its cell again.",
  'figure %1 is not kept any more: the engine keeps the last %2 figures, as long as they take no more than %3 together (setting figure_share). Run its cell again.',
  '%1 dpi would make this figure of %2 x %3 inches larger than %4 pixels (setting figure_pixels); use %5 dpi at most',
  'this picture would have %1 x %2 pixels, and at most %3 are drawn. Make figsize or dpi smaller. If the figure itself is small, something lies far outside of its axes, a text for example: move it, or give it clip_on=True. For larger pictures set figure_pixels (EMOUT_LAB_FIGURE_PIXELS) where the session is started.',
  'this figure cannot be written as %1: %2',
  "Session %1 has no log %2. It has: %3; a job's log appears when the job writes its first line.",
  "Session %1 has no log of job %2. Its jobs: %3; the host's log is 'host'. The files are in %4",
  'The dashboard of session %1 does not answer: %2. Try again.',

  // Live figures.
  'This cannot be drawn: %1',
  'The drawing was interrupted. Move the figure, or reload it, to have it drawn.',
  't: step %1 cannot be read: %2',
  't: step %1 has to wait: steps %2 are still being read. If this lasts, their filesystem hangs.',
  't: step %1 is not read after %2 s. Its filesystem may be slow or hang; ask for the step again later.',
  't: this step has values of the type %1, no numbers',
  't: this step has values of the shape %1, the map %2',
  'norm: log; a logarithmic colour scale needs values above zero',
  '%1 live figures are open on this engine, and no more are possible. Close some of them, or wait half a minute for those that nobody looks at any more.',
  'This server shows %1 live figures already; close some of them (its setting EmoutLabApp.live_figures allows more).',
  'the live figure %1 is closed: it was not asked for anything for %2 s, or its engine has started anew. Open it again.',
  'Session %1 has no figure %2.',
  'The engine at %1 has not answered for %2 s: it hangs. Restart it in the panel.',
  'The engine at %1 cannot be reached: %2',
  'The session of the figure has ended. Start one and run the cell again.',
  'Figure %1 was lost %2 times within a minute. Run its cell again.',
  'Nothing is known of how figure %1 was drawn. Run its cell again.',
  'Its calls draw %1 figures now, and it was number %2. Run its cell again.',
  'The figure could not be drawn again: %1 Run its cell again.',
  'No engine of the session has come within %1 s. Scale it up, or wait for its jobs, and run the cell again.',

  // Sweeps.
  "There is no sweep %1: it was removed, or it is another user's.",
  'Sweep %1 was run by session %2, which is over. What it has done is on disk: run the experiment again in another session, and only the points that are missing are done.',
  'sweep %1 cannot be deleted: see who uses %2',
  'there is no sweep %1 (any more)',
  'sweep %1 was begun by another version of emout_lab (%2, here it is %3); use that one',
  'sweep %1 cannot be read: %2. Something else than emout_lab has changed %3; its results are beside it, in records',
  'This session runs no sweeps (any more). Run the experiment again: only the points that are missing are done.',
  'EngineLost: the engine died while it ran this point, %1 time, perhaps for lack of memory. `emout-lab server logs` tells more',
  'EngineLost: the engine died while it ran this point, %1 times, perhaps for lack of memory. `emout-lab server logs` tells more',
  'EngineLost: the engine died while it ran this point, %1 time: the last time %2. `emout-lab server logs` tells more',
  'EngineLost: the engine died while it ran this point, %1 times: the last time %2. `emout-lab server logs` tells more',
  'RuntimeError: its points cannot be run: %1',
  'RuntimeError: worker after worker has died before it had begun any point',
  '%1 of its points, %2 for example, do not end though they were interrupted: they catch every exception, or are in compiled code. To end them, restart engine %3'
];

/**
 * What a code of SLURM means, by a pattern of the whole code; the first that fits counts.
 */
export const CODES: readonly (readonly [string, string])[] = [
  ['Priority', 'jobs with a higher priority come first'],
  ['Resources', 'what it asks for is in use by other jobs'],
  ['BeginTime', 'it may not start before the time that was set for it'],
  ['Dependency', 'it waits for another job to end'],
  [
    'DependencyNeverSatisfied',
    'the job that it waits for has failed; cancel it'
  ],
  ['JobHeldUser', 'you have put it on hold; release it with scontrol release'],
  ['JobHeldAdmin', 'an administrator has put it on hold'],
  [
    '(job requeued in held state|launch failed requeued held).*',
    "it could not be launched and is on hold; tell your site's support"
  ],
  [
    'ReqNodeNotAvail\\b.*',
    'nodes that it asks for are down, or reserved for maintenance for example'
  ],
  ['Nodes required for job are DOWN\\b.*', 'no node that it could use is free'],
  ['Reservation', 'its reservation has not begun'],
  ['ReservationDeleted', 'its reservation does not exist any more'],
  ['PartitionTimeLimit', 'it asks for more time than the partition allows'],
  [
    'PartitionNodeLimit',
    'it asks for more or fewer nodes than the partition allows'
  ],
  ['PartitionConfig', 'the partition cannot give what it asks for'],
  ['Partition(Down|Inactive)', 'the partition starts no jobs at present'],
  ['NodeDown', 'a node that it needs is down'],
  ['BadConstraints', 'no node has what it asks for'],
  ['Licenses', 'it waits for a software license'],
  ['(Prolog|Cleaning)', 'its nodes are being prepared'],
  [
    '(InvalidAccount|InvalidQOS|QOSNotAllowed)',
    'its account or QOS may not be used here'
  ],
  [
    'MaxMemPerLimit',
    'it asks for more memory for each core or node than is allowed'
  ],
  ['QOSMin\\w+', 'it asks for less than its QOS requires'],
  [
    '(Assoc|QOS)Max\\w*Per(Job|Node)\\w*',
    'it asks for more than one job may have'
  ],
  [
    '(Assoc|QOS)Grp(?!\\w*RunMin)\\w*Minutes\\w*',
    'the computing time that was granted is used up'
  ],
  [
    'QOS\\w+PerUser\\w*',
    'you use all that the QOS allows each user; it starts when some of that is free'
  ],
  [
    'QOS\\w+PerAcc\\w+',
    'your account uses all that the QOS allows each account; it starts when some of that is free'
  ],
  ['QOS\\w+', 'a limit of its QOS is reached'],
  [
    'AssocGrp\\w+',
    'your group uses all that it may use at once; it starts when some of that is free'
  ],
  [
    'Assoc\\w+',
    'you use all that your account allows; it starts when some of that is free'
  ],
  ['TimeLimit', 'its time limit was over'],
  ['OUT_OF_MEMORY', 'it used more memory than it had asked for'],
  ['NODE_FAIL', 'its node failed'],
  ['PREEMPTED', 'it had to make room for a job with a higher priority'],
  ['NonZeroExitCode', 'its command failed'],
  ['RaisedSignal\\b.*', 'a signal ended it'],
  ['(SystemFailure|JobLaunchFailure)', 'SLURM could not launch it']
];
