"""Which environment variables a session's processes get: those that are named here, no other.

A shell holds tokens of JupyterHub, cloud services and password managers. What a host gets, its
workers get too; SLURM keeps what a job gets in files of its own, and sends it to every node.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from emout_lab.errors import SpecError

#: Tells the processes of a session which folders nothing is imported from, a line for each.
LEFT_OUT_VARIABLE: Final = "EMOUT_LAB_LEFT_OUT"
#: Variables that name folders and files from which Python and libraries load code and settings.
FOLDER_VARIABLES: Final = (
    "PYTHONUSERBASE",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
    "NUMBA_CACHE_DIR",
    "HDF5_PLUGIN_PATH",
    "MPLCONFIGDIR",
    "MATPLOTLIBRC",
    "DASK_CONFIG",
    "DASK_ROOT_CONFIG",
    "IPYTHONDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
)

#: Passed on under exactly these names.
NAMES: Final = frozenset(
    {
        # The user and the shell.
        *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
        # The name of a ticket's file, without which some homes cannot be read.
        "KRB5CCNAME",
        *("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
        # Programs and libraries, as a module system or conda set them up.
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "CPATH", "MODULEPATH", "MODULESHOME", "LOADEDMODULES"),
        *("_LMFILES_", "BASH_ENV", "BASH_FUNC_module%%", "BASH_FUNC_ml%%"),
        *("BASH_FUNC__module_raw%%", "SPACK_ROOT", "VIRTUAL_ENV", "MKLROOT"),
        *("CONDA_DEFAULT_ENV", "CONDA_EXE", "CONDA_PREFIX", "CONDA_PYTHON_EXE", "CONDA_SHLVL"),
        # Python.
        *("PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONHOME"),
        *("PYTHONIOENCODING", "PYTHONMALLOC", "PYTHONNOUSERSITE", "PYTHONPATH"),
        *("PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH", "PYTHONUNBUFFERED", "PYTHONUSERBASE"),
        *("PYTHONUTF8", "PYTHONWARNINGS"),
        # Dask; not the prefix: gateways and cloud services keep passwords below it.
        *("DASK_CONFIG", "DASK_ROOT_CONFIG", "DASK_TEMPORARY_DIRECTORY"),
        # Queue systems: where they are, not what they said to the job that this may be.
        *("SLURM_CONF", "SLURM_CLUSTERS", "SLURM_TIME_FORMAT", "SGE_ROOT", "SGE_CELL"),
        *("SGE_CLUSTER_NAME", "SGE_QMASTER_PORT", "SGE_EXECD_PORT", "PBS_CONF_FILE"),
        *("PBS_DEFAULT", "PBS_EXEC", "PBS_HOME", "PBS_SERVER", "PBS_ACCOUNT", "LSF_BINDIR"),
        *("LSF_ENVDIR", "LSF_CONFDIR", "LSF_LIBDIR", "LSF_SERVERDIR", "CONDOR_CONFIG"),
    }
)

#: Never by their beginning: they say what a job gets, which is decided here.
EXCEPTIONS: Final = frozenset({"SBATCH_EXPORT", "SBATCH_EXPORT_FILE"})

#: Passed on where a name begins so, and does not look like a secret's.
PREFIXES: Final = (
    *("LC_", "EMOUT_", "DASK_DISTRIBUTED__", "DASK_JOBQUEUE__", "DASK_ARRAY__"),
    *("SBATCH_", "MODULES_", "LMOD_", "__LMOD_", "_ModuleTable", "EBROOT", "EBVERSION"),
    *("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "BLIS_", "NUMEXPR_", "NUMBA_", "MALLOC_"),
    *("HDF5_", "MPL", "FONTCONFIG_", "I_MPI_", "OMPI_", "CUDA_", "ROCR_", "HIP_"),
)

_SECRET: Final = re.compile(
    "TOKEN|SECRET|PASS(WORD|WD|PHRASE|$)|CREDENTIAL|AUTH|COOKIE|JWT|SIGNATURE"
    "|(API|ACCESS|PRIVATE|SSH|ENCRYPTION)_?KEY|(^|_)KEY$|(^|_)PWD$",
    re.IGNORECASE,
)
# A shell's exported function ends in "%%".
_ENTRY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(%%|\*)?")


def checked_names(value: Any) -> tuple[str, ...]:
    """Return names of environment variables, from a list or a text with commas or blanks.

    A last ``*`` stands for any end of a name.

    Raises
    ------
    SpecError
        One cannot name a variable, or would name all of them.

    Examples
    --------
    >>> checked_names("SCRATCH, MYCODE_*")
    ('SCRATCH', 'MYCODE_*')
    """
    entries = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(entries, list | tuple):
        raise SpecError(f"{value!r} is no list of names: write for example SCRATCH, MYCODE_*")
    for entry in entries:
        if not isinstance(entry, str) or _ENTRY.fullmatch(entry) is None:
            raise SpecError(
                f"{entry!r} cannot name an environment variable: write its name, or the beginning "
                "of several with a last '*', for example SCRATCH or MYCODE_*"
            )
    return tuple(entries)


def passed_on(environment: Mapping[str, str], more: Iterable[str] = ()) -> dict[str, str]:
    """Return the part of an environment that the processes of a session get.

    Parameters
    ----------
    environment : mapping of str to str
        All variables.
    more : iterable of str
        Names, as `checked_names` returns them, that are passed on too. What looks like a secret
        must be named whole.

    Examples
    --------
    >>> passed_on({"HOME": "/home/u", "JUPYTERHUB_API_TOKEN": "s"})
    {'HOME': '/home/u'}
    """
    entries = tuple(more)
    names = NAMES.union(entry for entry in entries if not entry.endswith("*"))
    begins = (*PREFIXES, *(entry[:-1] for entry in entries if entry.endswith("*")))
    return {
        name: value
        for name, value in environment.items()
        if name in names or (name.startswith(begins) and not _is_withheld(name))
    }


def _is_withheld(name: str) -> bool:
    return name in EXCEPTIONS or _SECRET.search(name) is not None
