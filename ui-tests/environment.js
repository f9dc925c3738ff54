/**
 * What servers under test are started with: folders of their own, and the cluster of the tests.
 */
const path = require('path');

/**
 * @param {number | string} port
 * @returns {Record<string, string>}
 */
exports.serverEnvironment = port => {
  const home = process.env.UI_TESTS_HOME;
  return {
    ...process.env,
    LAB_TEST_PORT: String(port),
    SLURM_CONF: process.env.LAB_TEST_SLURM_CONF,
    // Debian puts daemons where an ordinary user's PATH does not look.
    PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    JUPYTERLAB_GALATA_ROOT_DIR: path.join(home, 'root'),
    // Short: the path of a socket may have 107 characters.
    EMOUT_LAB_HOME: path.join(home, 'h'),
    JUPYTER_CONFIG_DIR: path.join(home, 'config'),
    JUPYTER_DATA_DIR: path.join(home, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(home, 'run'),
    IPYTHONDIR: path.join(home, 'ipython'),
    MPLCONFIGDIR: path.join(home, 'mpl')
  };
};
