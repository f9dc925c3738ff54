"""Which tests `make matrix` runs in each environment: those marked ``core``.

They need no Node, browser or SLURM, and touch each library that we depend on: real sessions, real
figures, real kernels, a real Jupyter server. All of them take five minutes on a core.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

FILES = frozenset(
    {
        "test_config.py",
        "test_package.py",
        "test_paths.py",
        "client/test_channels.py",
        "client/test_engines.py",
        "client/test_live_verbs.py",
        "client/test_tasks.py",
        "dropin/test_fields.py",
        "emses/test_articles.py",
        "emses/test_backend.py",
        "emses/test_block_fields.py",
        "emses/test_blocks.py",
        "emses/test_backtrace_physics.py",
        "emses/test_damaged_articles.py",
        "emses/test_diagnostics.py",
        "emses/test_facade.py",
        "emses/test_fields.py",
        "emses/test_parameters.py",
        "emses/test_particles.py",
        "emses/test_plots.py",
        "emses/test_policy.py",
        "emses/test_stored_steps.py",
        "emses/test_units.py",
        "emses/test_vectors.py",
        "engine/live/test_live_cells.py",
        "engine/live/test_live_ticks.py",
        "engine/test_fast_canvas.py",
        "engine/test_remote_errors.py",
        "engine/test_held_memory.py",
        "engine/test_executor.py",
        "engine/test_figure_cache.py",
        "engine/test_savefig.py",
        "engine/test_fast_png.py",
        "engine/test_preview.py",
        "engine/test_snapshot.py",
        "engine/test_output_stream.py",
        "engine/test_program_queue.py",
        "engine/test_serialization.py",
        "experiments/test_cluster_lab.py",
        "experiments/test_designs.py",
        "experiments/test_experiments.py",
        "experiments/test_lab.py",
        "experiments/test_notebooks.py",
        "experiments/test_notebooks_of_epyc.py",
        "experiments/test_result_sets.py",
        "parallel/test_client.py",
        "parallel/test_direct_view.py",
        "remote/test_large_fields.py",
        "remote/test_notebook.py",
        "remote/test_other_objects.py",
        "remote/test_ref_protocols.py",
        "remote/test_refs.py",
        "remote/test_scopes.py",
        "server/test_state_store.py",
        "server/test_sessions.py",
        "sessions/test_local.py",
        "sessions/test_network.py",
        "sessions/test_siteprofiles.py",
        "sessions/test_slurm_text.py",
        "sessions/test_spec.py",
    }
)
#: Too slow for what they tell of a library's version, or not to be run from the wheel.
LEFT_OUT = frozenset(
    {
        "client/test_engines.py::test_programs_of_one_process_begin_in_the_order_in_which_they_were_sent",
        "client/test_live_verbs.py::test_opening_and_closing_a_hundred_times_leaves_nothing",
        "emses/test_articles.py::test_orbits_are_traced_again_from_the_recorded_fields",
        "emses/test_articles.py::test_the_examples_of_the_page_run",  # the page is not in the wheel
        "engine/test_held_memory.py::test_parsed_formulas_are_bounded",
        "experiments/test_cluster_lab.py::test_a_point_that_ends_its_engines_fails_after_its_retries",
        # What the collector ends at the limit of recursion complains there, whoever it belongs to.
        "experiments/test_notebooks.py::test_a_list_that_holds_itself_is_refused",
        "parallel/test_client.py::test_load_balanced_requests_are_had_again_and_aborted_as_others",
        "remote/test_large_fields.py::test_what_was_persisted_of_a_step_outlives_all_workers",
        "remote/test_notebook.py::test_emses_directory_can_be_opened_by_the_magic",
        "remote/test_notebook.py::test_error_in_a_recorded_cell_names_the_users_line",
        "remote/test_notebook.py::test_files_are_written_into_the_notebooks_directory",
        "remote/test_notebook.py::test_kernels_stop_button_ends_orbits",
        "remote/test_notebook.py::test_local_error_in_the_cell_is_the_cells_error",
        "remote/test_notebook.py::test_recording_opened_in_one_cell_is_closed_in_another",
        "remote/test_notebook.py::test_semicolon_hides_the_last_value_and_await_works",
        "remote/test_notebook.py::test_syntax_error_is_shown_as_usual",
        "remote/test_notebook.py::test_unknown_option_is_an_error_and_help_works",
        "remote/test_notebook.py::test_what_films_show_in_a_notebook",
        "remote/test_notebook.py::test_what_runs_between_cells_is_not_recorded",
    }
)


def mark(items: Iterable[pytest.Item], folder: Path) -> None:
    """Mark the tests of this list."""
    for item in items:
        if not item.path.is_relative_to(folder):
            continue
        file = item.path.relative_to(folder).as_posix()
        name = getattr(item, "originalname", item.name)
        if file in FILES and f"{file}::{name}" not in LEFT_OUT:
            item.add_marker(pytest.mark.core)
